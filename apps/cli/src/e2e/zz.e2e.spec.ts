import { it } from '@jest/globals';
import { startMariadb, runProgram } from '@havun/test-servers';
import { makeWebshop } from './testing/webshop-database.js';
it('x', async () => {
  const m = await startMariadb();
  try {
    await makeWebshop(m);
    const dump = await runProgram('mariadb-dump', ['--no-defaults','--user=root',`--socket=${m.socket}`,'--single-transaction','--quick','--hex-blob','--default-character-set=utf8mb4','webshop','orders','customers']);
    await m.rootClient('CREATE DATABASE r');
    await m.rootClient(dump.replace(/.*TRIGGER.*/g,''), 'r').catch((e: unknown) => console.log(String(e).slice(0,500)));
    for (const c of ['id','customer_id','total','weight','paid+0','total_with_vat']) console.log(c, await m.rootClient(`select count(*), min(a.${c}), min(b.${c}) from webshop.orders a join r.orders b using(id) where not a.${c} <=> b.${c}`.replaceAll('a.paid+0','a.paid').replaceAll('b.paid+0','b.paid')));
    console.log(await m.rootClient('checksum table webshop.orders, r.orders extended'));
    console.log(await m.rootClient('alter table webshop.orders force; checksum table webshop.orders, r.orders extended'));
    console.log(await m.rootClient('select version()'));
  } finally { await m.stop(); }
});
