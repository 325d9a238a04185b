import { createHash, randomUUID } from 'node:crypto';
import { StorageError } from '../error.js';
import type { CheckFinding, CheckName, StorageCheck } from '../port.js';
import { putSmallFile } from './small-files.js';
import type { Backend, Session } from './session.js';

const probeText = 'A file written and removed again to see whether backups can be stored here.\n';

/** Checks one thing after another; what can't be reached is reported as skipped. See `StoragePort.check`. */
export async function checkStorage(backend: Backend, signal: AbortSignal | undefined): Promise<StorageCheck> {
  const findings = await backend
    .session(signal, async (session) => [...backend.connectionFindings(), ...(await inspect(backend, session))])
    .catch((error: unknown) => {
      if (signal?.aborted === true || !(error instanceof StorageError)) throw error;
      return [...backend.connectionFindings(error), ...skipped(['base_path', 'free_space'])];
    });
  return { ok: findings.every((finding) => finding.status !== 'failed'), findings };
}

async function inspect(backend: Backend, session: Session): Promise<CheckFinding[]> {
  const probe = `havun-check-${randomUUID()}.tmp`;
  try {
    const wasThere = await session.entry('').catch(() => undefined);
    await session.makeFolders('');
    await putSmallFile(session, probe, probeText);
    const findings = [
      wasThere ? writable : madeAndWritable,
      await freeSpaceFinding(session),
      await hashFinding(backend, session, probe),
    ];
    await session.removeFile(probe);
    return findings.flat();
  } catch (error) {
    if (!(error instanceof StorageError) || error.code === 'UNREACHABLE') throw error;
    return [failed('base_path', error), ...skipped(['free_space'])];
  }
}

const writable: CheckFinding = {
  name: 'base_path',
  status: 'ok',
  detail: 'A test file was written, synced, renamed and removed in the base folder.',
};

const madeAndWritable: CheckFinding = {
  ...writable,
  detail: 'The base folder was not there and was made now; a test file was written, synced, renamed and removed in it.',
};

async function freeSpaceFinding(session: Session): Promise<CheckFinding> {
  const available = await session.availableBytes();
  if (available === undefined) {
    const detail = 'The server does not tell how much space is left; a full disk shows only while uploading.';
    return { name: 'free_space', status: 'warning', detail, remedy: "Watch the space in the provider's console." };
  }
  const detail = `${available} bytes (${(available / 2 ** 30).toFixed(1)} GiB) available.`;
  return { name: 'free_space', status: available > 0 ? 'ok' : 'failed', detail };
}

async function hashFinding(backend: Backend, session: Session, probe: string): Promise<CheckFinding[]> {
  if (!backend.hashesOnServer) return [];
  const expected = createHash('sha256').update(probeText).digest('hex');
  const found = await session.serverSha256(probe, probeText.length);
  if (found === expected) return [{ name: 'server_hash', status: 'ok', detail: 'The server runs sha256sum.' }];
  const detail = 'The server does not run sha256sum: each verification downloads the whole file.';
  return [
    { name: 'server_hash', status: 'warning', detail, remedy: 'Allow SSH commands for this user where possible.' },
  ];
}

/** A failed finding, made from an error. */
export function failed(name: CheckName, error: StorageError): CheckFinding {
  return { name, status: 'failed', detail: error.message, remedy: error.remedy };
}

/** Findings that an earlier failure made pointless. */
export function skipped(names: readonly CheckName[]): CheckFinding[] {
  return names.map((name) => ({ name, status: 'skipped', detail: 'Not looked at, because of the failure above.' }));
}
