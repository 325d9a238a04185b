import type { RecordedDefinition } from '../database-details.js';
import { normalised, recorded } from '../recorded-definitions.js';
import { queryRows, type PostgresqlLocation } from './client.js';
import type { FailedRun } from './client-failure.js';

const OWN = `n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'`;
/** Not what comes with an extension, or with another thing. */
const apart = (catalogue: string, oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalogue}'::regclass AND d.objid = ${oid} AND d.deptype IN ('e', 'i'))`;
const TABLE = `n.nspname || '.' || c.relname`;
const FROM_TABLES = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND ${OWN}
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Arrays of a thing's kind, its name and its fields. The last field is an expression. Owners and grants are not among them. */
const SCRIPT = `
SET search_path = pg_catalog;
SELECT jsonb_build_array('table', ${TABLE}, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
  CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_expr(c.relpartbound, c.oid)) FROM ${FROM_TABLES} WHERE c.relkind IN ('r', 'p', 'f');
SELECT jsonb_build_array('columns', ${TABLE}, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
  (SELECT l.collname FROM pg_collation l WHERE l.oid = a.attcollation), pg_get_expr(e.adbin, e.adrelid))
  FROM ${FROM_TABLES} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef e ON e.adrelid = c.oid AND e.adnum = a.attnum WHERE c.relkind IN ('r', 'p', 'f', 'm') ORDER BY c.oid, a.attnum;
SELECT jsonb_build_array('indexes', ${TABLE}, pg_get_indexdef(i.indexrelid))
  FROM ${FROM_TABLES} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class x ON x.oid = i.indexrelid ORDER BY c.oid, x.relname;
SELECT jsonb_build_array('constraints', ${TABLE}, k.conname, k.contype, k.convalidated, pg_get_constraintdef(k.oid))
  FROM ${FROM_TABLES} JOIN pg_constraint k ON k.conrelid = c.oid WHERE k.contype IN ('c', 'f', 'p', 'u', 'x') ORDER BY c.oid, k.conname;
SELECT jsonb_build_array('policies', ${TABLE}, p.polname, p.polcmd, p.polpermissive, (SELECT array_agg(r.rolname ORDER BY 1) FROM pg_roles r WHERE r.oid = ANY (p.polroles)),
  pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM ${FROM_TABLES} JOIN pg_policy p ON p.polrelid = c.oid ORDER BY c.oid, p.polname;
SELECT jsonb_build_array('view', ${TABLE}, c.relkind, c.reloptions, pg_get_viewdef(c.oid)) FROM ${FROM_TABLES} WHERE c.relkind IN ('v', 'm');
SELECT jsonb_build_array('rule', r.rulename || ' on ' || ${TABLE}, r.ev_enabled, pg_get_ruledef(r.oid))
  FROM ${FROM_TABLES} JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename <> '_RETURN';
SELECT jsonb_build_array('trigger', t.tgname || ' on ' || ${TABLE}, t.tgenabled, pg_get_triggerdef(t.oid)) FROM ${FROM_TABLES} JOIN pg_trigger t ON t.tgrelid = c.oid
  WHERE NOT t.tgisinternal AND COALESCE(to_jsonb(t) ->> 'tgparentid', '0') = '0' AND ${apart('pg_trigger', 't.oid')};
SELECT jsonb_build_array('sequence', ${TABLE}, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle, NULL)
  FROM ${FROM_TABLES} JOIN pg_sequence s ON s.seqrelid = c.oid;
SELECT jsonb_build_array('routine', n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', p.prokind,
  CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND ${OWN} WHERE ${apart('pg_proc', 'p.oid')};
SELECT jsonb_build_array('type', n.nspname || '.' || t.typname, (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), NULL)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace AND ${OWN} WHERE t.typtype = 'e' AND ${apart('pg_type', 't.oid')};
SELECT jsonb_build_array('event trigger', evtname, evtevent, evtenabled, evttags, NULL) FROM pg_event_trigger WHERE ${apart('pg_event_trigger', 'pg_event_trigger.oid')};
`;

export async function postgresqlDefinitions(
  location: PostgresqlLocation,
  { during, signal }: { during: FailedRun['during']; signal?: AbortSignal | undefined },
): Promise<RecordedDefinition[]> {
  const rows = await queryRows(location, SCRIPT, signal, during);
  return recorded(rows.map(([row = '[]']) => comparable(JSON.parse(row) as unknown[])));
}

/** A routine's text is kept as it is, everything else is printed by the server. */
function comparable(row: readonly unknown[]): string[] {
  const fields = row.map((field) => (typeof field === 'string' ? field : JSON.stringify(field)));
  const last = fields.pop() ?? '';
  return [...fields, fields[0] === 'routine' ? last : normalised(last)];
}
