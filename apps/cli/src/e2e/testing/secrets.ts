/** Secrets that can't turn up by chance. */
export const secrets = {
  database: 'Zx9-geheim-van-de-database',
  archive: 'Qw7-wachtzin-van-het-archief',
  webhook: 'https://hooks.slack.example/services/T0/B0/Vb5-haak',
} as const;
