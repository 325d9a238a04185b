import type { Random } from './random.js';
import { familyNames, firstNames, sentence, towns, words } from './words.js';

/** Rows per INSERT, so that a line is about as long as mariadb-dump makes it. */
const rowsPerInsert = 1000;

interface Table {
  readonly name: string;
  readonly columns: string;
  /** Rows here for each row of the other tables; 1 by default. */
  readonly share?: number;
  readonly row: (id: number, random: Random) => string;
}

const money = (random: Random): string => `${random.between(1, 4000)}.${String(random.below(100)).padStart(2, '0')}`;
/** Rows are added over time: each some minutes after the one before. */
const moment = (id: number, random: Random): string =>
  new Date(1_514_764_800_000 + id * 240_000 + random.below(240_000)).toISOString().slice(0, 19).replace('T', ' ');

const tables: readonly Table[] = [
  {
    name: 'customers',
    columns:
      '`id` bigint, `name` varchar(255), `email` varchar(255), `city` varchar(80), `phone` varchar(20), `created_at` datetime',
    row(id, random) {
      const [first, family] = [random.pick(firstNames), random.pick(familyNames)];
      const email = `${first}.${family}${random.below(9999)}@example.org`.toLowerCase();
      const phone = `06${String(random.below(100_000_000)).padStart(8, '0')}`;
      return `(${id},'${first} ${family}','${email}','${random.pick(towns)}','${phone}','${moment(id, random)}')`;
    },
  },
  {
    name: 'invoices',
    columns:
      '`id` bigint, `customer_id` bigint, `number` varchar(20), `amount` decimal(12,2), `status` varchar(12), `notes` text, `sent_at` datetime',
    row(id, random) {
      const number = `2025-${String(id).padStart(7, '0')}`;
      const status = random.pick(['paid', 'paid', 'paid', 'sent', 'draft', 'reminded']);
      const notes = random.below(3) === 0 ? `'${sentence(random, 9)}'` : 'NULL';
      return `(${id},${random.below(90_000)},'${number}',${money(random)},'${status}',${notes},'${moment(id, random)}')`;
    },
  },
  {
    name: 'pages',
    columns: '`id` bigint, `slug` varchar(120), `title` varchar(200), `body` longtext, `updated_at` datetime',
    row(id, random) {
      const body = Array.from({ length: random.between(3, 9) }, () => `<p>${sentence(random)}</p>`).join('\\n');
      return `(${id},'${words(random, 3).join('-')}','${sentence(random, 5)}','${body}','${moment(id, random)}')`;
    },
  },
  {
    name: 'sessions',
    share: 0.25,
    columns: '`id` varchar(40), `user_id` bigint, `ip_address` varchar(45), `payload` text, `last_activity` int',
    row(_id, random) {
      const address = `10.${random.below(256)}.${random.below(256)}.${random.below(256)}`;
      const payload = Buffer.from(`{"_token":"${random.hex(40)}","locale":"nl"}`).toString('base64');
      return `('${random.hex(40)}',${random.below(90_000)},'${address}','${payload}',${random.between(1_500_000_000, 1_760_000_000)})`;
    },
  },
];

/** A dump as mariadb-dump writes it, in pieces. It is cut off at `bytes` and ends with the line that marks it complete. */
export function* sqlDump(random: Random, bytes: number): Generator<Buffer, void> {
  const footer = Buffer.from('\n-- Dump completed on 2025-11-21  3:00:04\n');
  let left = bytes - footer.length;
  let id = 1;
  while (left > 0) {
    for (const table of tables) {
      const piece = Buffer.from(statement(table, id, random));
      if (left <= 0) break;
      yield piece.subarray(0, left);
      left -= piece.length;
    }
    id += rowsPerInsert;
  }
  yield footer;
}

function statement({ name, columns, row, share = 1 }: Table, firstId: number, random: Random): string {
  const head =
    firstId === 1
      ? `\n--\n-- Table structure for table \`${name}\`\n--\n\nCREATE TABLE \`${name}\` (${columns});\n`
      : '';
  const rows = Array.from({ length: rowsPerInsert * share }, (_, index) => row(firstId + index, random));
  return `${head}INSERT INTO \`${name}\` VALUES ${rows.join(',')};\n`;
}
