import type { CompiledQuery, DatabaseConnection, Dialect, Driver, QueryResult, TransactionSettings } from 'kysely';

type ErrorMap = (error: unknown) => Error;

/** The same dialect, but every failure (connecting, querying, committing) becomes our own error first. */
export function withErrors(dialect: Dialect, toError: ErrorMap): Dialect {
  return {
    createDriver: () => new MappedDriver(dialect.createDriver(), toError),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
  };
}

class MappedDriver implements Driver {
  constructor(
    private readonly inner: Driver,
    private readonly toError: ErrorMap,
  ) {}

  init(): Promise<void> {
    return mapped(this.toError, () => this.inner.init());
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return mapped(this.toError, async () => new MappedConnection(await this.inner.acquireConnection(), this.toError));
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return mapped(this.toError, () => this.inner.beginTransaction(innerOf(connection), settings));
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return mapped(this.toError, () => this.inner.commitTransaction(innerOf(connection)));
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return mapped(this.toError, () => this.inner.rollbackTransaction(innerOf(connection)));
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return this.inner.releaseConnection(innerOf(connection));
  }

  destroy(): Promise<void> {
    return mapped(this.toError, () => this.inner.destroy());
  }
}

class MappedConnection implements DatabaseConnection {
  constructor(
    readonly inner: DatabaseConnection,
    private readonly toError: ErrorMap,
  ) {}

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return mapped(this.toError, () => this.inner.executeQuery<Row>(query));
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.inner.streamQuery<Row>(query, chunkSize);
  }
}

const innerOf = (connection: DatabaseConnection): DatabaseConnection =>
  connection instanceof MappedConnection ? connection.inner : connection;

async function mapped<Result>(toError: ErrorMap, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toError(error);
  }
}
