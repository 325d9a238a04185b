/** What a drill does with the files of an archive: extracts them, compares each with the manifest, and removes them. */
import { openArchive } from '@havun/archive';
import { compareExtracted, removeTree } from '@havun/sources';
import { answer, driverInput, timed } from '../measure/driver.js';
import type { ExtractInput } from './extract.js';

const { archive, password, to } = driverInput() as ExtractInput;
const reader = await openArchive(archive, { password });
const extract = await timed(() => reader.extract(to));
const compare = await timed(async () => {
  for await (const { entry, difference } of compareExtracted(to, reader.manifestEntries()))
    if (difference !== undefined) throw new Error(`${entry.name} ${difference}`);
});
const remove = await timed(() => removeTree(to));
await reader.close();
answer({ seconds: extract + compare + remove, extract, compare, remove });
