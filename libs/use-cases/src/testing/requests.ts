import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig, type HavunConfig } from '@havun/config';
import type { HavunEvent, RecordedEvent, StreamId } from '@havun/domain';
import { InMemoryEventStore } from '@havun/event-store/testing';
import { temporaryFolder } from '@havun/test-servers';
import type { RequestDeps } from '../backups/request-backup.js';

/** Two projects, in Amsterdam. */
export async function aConfig(): Promise<HavunConfig> {
  const folder = await temporaryFolder('havun-requests-');
  const project = { type: 'nodejs-app', paths: { root: '/srv/site' }, encryption: { enabled: false } };
  const text = { storage: { local: { path: '/backups' } }, projects: { havunadmin: project, havunmcp: project } };
  const path = join(folder.path, 'havun.yaml');
  await writeFile(path, JSON.stringify(text));
  const config = await loadConfig({ path, env: {} });
  await folder.remove();
  return config;
}

/** What a request needs: an empty log, no leases, and a clock that advances by a minute at each read. */
export class Requests implements RequestDeps {
  readonly store = new InMemoryEventStore();
  readonly ids = { uuid: () => randomUUID() };
  readonly source = 'cli';
  /** The running run, by the key of its project's lease. */
  readonly atWork = new Map<string, string>();
  readonly leases = {
    peek: (key: string) => {
      const owner = this.atWork.get(key);
      return Promise.resolve(
        owner === undefined ? undefined : { owner, holder: 'runner-1', since: this.start, shared: true },
      );
    },
  };
  readonly clock = { now: () => new Date(Date.parse(this.start) + 60_000 * this.#minutes++) };
  #minutes = 0;

  constructor(
    readonly config: HavunConfig,
    private readonly start = '2025-11-22T09:00:00.000Z',
  ) {}

  async append(stream: StreamId, ...events: HavunEvent[]): Promise<void> {
    for (const event of events) {
      const revision = (await this.store.read(stream)).at(-1)?.revision ?? 'no-stream';
      const meta = { id: randomUUID(), correlationId: stream.id, source: 'test' };
      await this.store.append(stream, { ...meta, event }, revision);
    }
  }

  async log(): Promise<RecordedEvent<HavunEvent>[]> {
    const all: RecordedEvent<HavunEvent>[] = [];
    for await (const event of this.store.readAll(0)) all.push(event);
    return all;
  }
}

export const streamIn = (category: StreamId['category'], id: string): StreamId => ({ host: 'local', category, id });
