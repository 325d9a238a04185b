import { v5 as uuidv5 } from 'uuid';

/** The namespace of the ids of safety backups. If it changed, a restore that is begun again would make another one. */
const namespace = '6f1c7a52-3c0d-4a3e-8a55-9b7d0a1f5b0d';

/** The id of the one safety backup that a restore can have. */
export const safetyBackupId = (restoreId: string): string => uuidv5(restoreId, namespace);
