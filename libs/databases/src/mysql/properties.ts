import type { DatabaseDetails } from '../database-details.js';
import type { MakeOptions } from '../database-kind.js';
import type { PropertiesPlan } from '../database-properties.js';
import { queryRows, type MysqlLocation } from './client.js';
import { listObjects, literal, type Objects } from './contents.js';
import type { MysqlProperties } from './properties-schema.js';

export const propertiesOf = ({ charset, collation, comment }: Pick<Objects, 'charset' | 'collation' | 'comment'>) => ({
  character_set: charset,
  collation,
  ...(comment !== undefined && { comment }),
});

/** With today's names. */
export const comparable = (properties: MysqlProperties): MysqlProperties => ({
  ...properties,
  character_set: modern(properties.character_set),
  collation: modern(properties.collation),
});

const UNKNOWN =
  "the backup is older than the record of its default collation, and no live database shows it: it gets this server's for utf8mb4";

/** What a new database gets: what was recorded, as far as this server knows it; else what the live one has. */
export async function planProperties(
  location: MysqlLocation,
  details: DatabaseDetails,
  { like = details.name, signal }: MakeOptions = {},
): Promise<PropertiesPlan<MysqlProperties>> {
  const { properties } = details;
  const recorded = properties && 'character_set' in properties ? properties : undefined;
  if (!recorded) {
    const live = await listObjects(location, like, signal);
    return live ? { made: propertiesOf(live), deviations: [] } : { deviations: [UNKNOWN] };
  }
  const known = await knownTo(location, recorded.character_set, signal);
  const { made, deviations } = withCollation(recorded, known);
  if (known.hasComments || recorded.comment === undefined) return { made, deviations };
  const { comment, ...rest } = made;
  const lost = comment === '' ? [] : ['its comment is left out, as this server has no comments on databases'];
  return { made: rest, deviations: [...deviations, ...lost] };
}

interface Known {
  hasComments: boolean;
  /** The character set in this server's spelling; absent where it is unknown. */
  charset: string | undefined;
  /** Its collations, the default one first. */
  collations: string[];
  server: { character_set: string; collation: string };
}

async function knownTo(location: MysqlLocation, charset: string, signal?: AbortSignal): Promise<Known> {
  const names = [modern(charset), modern(charset).replace(/^utf8mb3$/, 'utf8')].map(literal).join(', ');
  const script = `
SELECT 'comments' FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'SCHEMATA' AND COLUMN_NAME = 'SCHEMA_COMMENT';
SELECT 'server', @@character_set_server, @@collation_server;
SELECT 'charset', CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME FROM information_schema.CHARACTER_SETS WHERE CHARACTER_SET_NAME IN (${names});
SELECT 'collation', COLLATION_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE CHARACTER_SET_NAME IN (${names});
/*M!101001 SELECT 'collation', FULL_COLLATION_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE CHARACTER_SET_NAME IN (${names}) */;
`;
  const rows = await queryRows({ ...location, database: '' }, script, signal, 'restore');
  const [, serverCharset = 'utf8mb4', serverCollation = ''] = rows.find(([tag]) => tag === 'server') ?? [];
  const [, ownName, usual] = rows.find(([tag]) => tag === 'charset') ?? [];
  return {
    hasComments: rows.some(([tag]) => tag === 'comments'),
    charset: ownName,
    collations: [
      ...(usual === undefined ? [] : [usual]),
      ...rows.filter(([tag]) => tag === 'collation').map(([, name = '']) => name),
    ],
    server: { character_set: serverCharset, collation: serverCollation },
  };
}

function withCollation(
  recorded: MysqlProperties,
  { charset, collations, server }: Known,
): PropertiesPlan<MysqlProperties> & { made: MysqlProperties } {
  const own = collations.find((name) => modern(name) === modern(recorded.collation));
  if (charset !== undefined && own !== undefined) {
    return { made: { ...recorded, character_set: charset, collation: own }, deviations: [] };
  }
  const nearest =
    charset === undefined
      ? server
      : { character_set: charset, collation: nearestCollation(recorded.collation, charset, collations) };
  const lost =
    charset === undefined ? `character set ${recorded.character_set}` : `default collation ${recorded.collation}`;
  return {
    made: { ...recorded, ...nearest },
    deviations: [
      `its ${lost} is unknown to this server: its default is ${nearest.collation}, so that texts may sort and compare differently`,
    ],
  };
}

/** Of the same character set: by bytes where the recorded one told cases apart, else by Unicode's rules. */
function nearestCollation(collation: string, charset: string, known: readonly string[]): string {
  const exact = /_(?:bin|cs)$/.test(collation);
  const candidates = exact ? [`${charset}_bin`] : [`${charset}_unicode_ci`, `${charset}_general_ci`];
  return candidates.find((name) => known.includes(name)) ?? known[0] ?? collation;
}

/** Older servers say utf8 for what is called utf8mb3 since. */
const modern = (name: string): string => name.replace(/^utf8(?=_|$)/, 'utf8mb3');
