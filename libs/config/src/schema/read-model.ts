import { z } from 'zod';
import { port, secret, text } from './scalars.js';

const onServer = <Type extends 'mariadb' | 'mysql'>(type: Type, description: string) =>
  z
    .strictObject({
      type: z.literal(type).describe(description),
      host: text.default('127.0.0.1').describe('Host name or address.'),
      port: port.default(3306).describe('TCP port.'),
      username: text.describe('User that may create and change tables in the database.'),
      password: secret('Password of that user.'),
      database: text.describe('The database that holds the tables; it must exist.'),
    })
    .describe(description);

export const readModelSchema = z
  .discriminatedUnion('type', [
    z
      .strictObject({
        type: z.literal('sqlite').describe('A file on this machine.'),
        path: text.optional().describe('The file. Default: read-model.sqlite in data_dir.'),
      })
      .describe('A file on this machine.'),
    onServer('mariadb', 'A MariaDB server.'),
    onServer('mysql', 'A MySQL server.'),
  ])
  .default({ type: 'sqlite' })
  .describe('Where the tables are that people look at. They can be rebuilt from the events at any time.');
