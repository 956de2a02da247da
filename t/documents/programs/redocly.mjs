// Redocly's linter on one document: a line for each thing found, and status 1
// if there was any.  The rules are its recommended ones, but for:
//
//   no-ambiguous-paths  /products/sku/{sku} and /products/{id}/purchase look
//                       alike to it, but no id can be "sku"

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.DOCUMENTS_NODE}/`);
const core = await import(pathToFileURL(
    require.resolve('@redocly/openapi-core')));

const config = await core.createConfig({
    extends: ['recommended-strict'],
    rules: { 'no-ambiguous-paths': 'off', struct: 'error' },
});
const found = await core.lint({ ref: process.argv[2], config });
for (const { severity, ruleId, message, location } of found) {
    console.log(`${severity} ${ruleId} ${location[0]?.pointer}: ${message}`);
}
process.exitCode = found.length ? 1 : 0;
