// What a client says when a statement of a dump fails. The statement itself, and values that the server quotes, may be rows.

/** Errors about names, privileges and connections: what these quote is no value of a row. */
const NAMES_ONLY = new Set([
  ...[1005, 1007, 1021, 1022, 1025, 1030, 1040, 1044, 1045, 1046, 1049, 1050, 1051, 1053, 1054, 1060, 1061, 1067, 1068],
  ...[1071, 1072, 1091, 1113, 1114, 1115, 1130, 1142, 1143, 1146, 1153, 1193, 1203, 1205, 1213, 1214, 1227, 1231, 1235],
  ...[1251, 1267, 1273, 1283, 1286, 1304, 1305, 1347, 1356, 1359, 1360, 1370, 1418, 1419, 1422, 1449, 1451, 1452, 1524],
  ...[1537, 1539, 1698, 1822, 1824, 1826, 1927, 3780, 3819, 4025, 4031],
]);
const FAILURE = /^ERROR (?:(\d+) \(\w+\)|at line \d+|:)/gm;

/** The failure itself, without the statement that the client shows above it. Values in quotes are left out. */
export function serverWords(stderr: string): string {
  const last = [...stderr.matchAll(FAILURE)].at(-1);
  if (!last) return stderr.includes('\n--------------\n') ? 'a statement of the dump failed' : stderr;
  const words = stderr.slice(last.index);
  const number = last[1] === undefined ? 0 : Number(last[1]);
  if (number === 0 || (number >= 2000 && number < 3000) || NAMES_ONLY.has(number)) return words;
  const [first, end] = [words.indexOf("'"), words.lastIndexOf("'")];
  if (first < 0) return words;
  return `${words.slice(0, first)}'...'${end > first ? words.slice(end + 1) : ''}`;
}
