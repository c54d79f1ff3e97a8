// The kill test preloads this file before the command. The process kills itself at write number KILL_AT of the command,
// after half of the content if the write has content. KILL_WRITES names the functions of node:fs that count as a write.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const at = Number(process.env['KILL_AT']);
const root = process.cwd();
let count = 0;
for (const name of process.env['KILL_WRITES'].split(',')) {
  const original = fs[name];
  fs[name] = (...args) => {
    if (!String(args[0]).startsWith(root)) return original(...args);
    if (++count === at) {
      if (name === 'writeFileSync') original(args[0], Buffer.from(args[1]).subarray(0, args[1].length >> 1), args[2]);
      process.kill(process.pid, 'SIGKILL');
    }
    return original(...args);
  };
}
syncBuiltinESMExports();
process.on('exit', () => process.env['KILL_COUNT'] && fs.writeFileSync(process.env['KILL_COUNT'], String(count)));
