/** Extracts an archive, and checks the HMAC and the manifest's hash of every entry on the way. */
import { openArchive } from '@havun/archive';
import { answer, driverInput, timed } from '../measure/driver.js';

export interface ExtractInput {
  archive: string;
  password: string;
  to: string;
}

const { archive, password, to } = driverInput() as ExtractInput;
const seconds = await timed(async () => {
  const reader = await openArchive(archive, { password });
  try {
    await reader.extract(to);
  } finally {
    await reader.close();
  }
});
answer({ seconds });
