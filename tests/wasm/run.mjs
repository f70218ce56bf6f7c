// Runs all checks of the module whose path is given, and exits with 1 if one fails.

import { readFileSync } from "node:fs";

const module = new WebAssembly.Module(readFileSync(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
if (imports.length > 0) {
    console.error(`the module needs ${JSON.stringify(imports)}`);
    process.exit(1);
}
const { exports } = new WebAssembly.Instance(module);

const start = process.hrtime.bigint();
const checks = exports.checks();
let passed = 0;
let decoded = 0;
for (let check = 0; check < checks; check++) {
    try {
        decoded += exports.run(check);
        passed++;
    } catch (trap) {
        // The instance is abandoned: a module without unwinding is not usable after a panic.
        console.error(`${trap}: ${text()}`);
        break;
    }
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(`wasm32-unknown-unknown: ${passed} of ${checks} checks passed, ${decoded} streams decoded in ${seconds.toFixed(1)} s`);
if (checks === 0 || passed !== checks) process.exit(1);

function text() {
    return new TextDecoder().decode(new Uint8Array(exports.memory.buffer, exports.text(), exports.text_len()));
}
