// Reads recorded requests, lines of {method, path, query, body}, and holds each
// against the vendor's own schema of it, npm @rocket.chat/rest-typings: as the
// server does, and bodies without mending their types, since 8.3 is strict. The
// exit status is 1 when one does not pass, or when routes.mjs lacks a route; and
// with --whole, for a run that should make every request, when a route of
// routes.mjs was never seen.
import { createInterface } from 'node:readline';
import { register } from 'node:module';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import routes from './routes.mjs';

register('./typings-hooks.mjs', import.meta.url);
const typings = await import('@rocket.chat/rest-typings');

const strict = new Ajv({ allowUnionTypes: true, discriminator: true });
addFormats(strict);
strict.addFormat('basic_email', /^[^@]+@[^@]+$/);
strict.addFormat('rfc_email', /^[^@]+@[^@]+$/);
strict.addKeyword({ keyword: 'isNotEmpty', type: 'string', validate: (_, data) => !!data.trim() });
const compiled = new Map();
const strictly = (name) => {
	if (!compiled.has(name)) compiled.set(name, strict.compile(typings[name].schema));
	return compiled.get(name);
};

const table = Object.entries(routes).map(([route, name]) => {
	const [method, path] = route.split(' ');
	return { route, method, name, path: new RegExp(`^/api/v1/${path.replace(/:\w+/g, '[^/]+')}$`) };
});

const seen = new Map(); // requests by route
const faults = [];

function check(line) {
	const { method, path, query, body } = JSON.parse(line);
	if (!path.startsWith('/api/v1/')) return; // files, and what the server is
	const found = table.find((r) => r.method === method && r.path.test(path));
	if (!found) return faults.push(`${method} ${path}: routes.mjs does not know this route: write which schema it has, or null`);
	seen.set(found.route, (seen.get(found.route) ?? 0) + 1);
	if (!found.name) return;
	pass(line, found, found.name, method === 'GET' ? query : body ?? {});
	if (found.name === 'isMeteorCall') pass(line, found, 'isMethodCallProps', JSON.parse(body.message));
}

// pass notes what a schema finds wrong.
function pass(line, { route, method }, name, sent) {
	const validate = typings[name];
	if (!validate) return faults.push(`${route}: the package has no ${name}`);
	for (const judge of method === 'GET' ? [validate] : [strictly(name), validate]) {
		if (judge(structuredClone(sent))) continue;
		const said = judge.errors.map((e) => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`).join('; ');
		return faults.push(`${line}\n    ${name}: ${said}`);
	}
}

for await (const line of createInterface({ input: process.stdin })) if (line.trim()) check(line);

if (process.argv.includes('--whole'))
	for (const route of Object.keys(routes)) if (!seen.has(route)) faults.push(`${route}: no test makes this request, so that nothing checks it: write one, or take the route out of routes.mjs`);

const all = [...seen.values()].reduce((a, b) => a + b, 0);
const named = [...seen.keys()].filter((r) => routes[r]);
console.log(`${all} requests of ${seen.size} routes, ${named.length} of which have a schema; ${faults.length} faults`);
for (const [route, n] of [...seen].sort()) console.log(`  ${String(n).padStart(6)} ${route}  ${routes[route] ?? 'no schema'}`);
for (const fault of [...new Set(faults)].slice(0, 20)) console.error(fault);
process.exit(faults.length > 0 || all === 0 ? 1 : 0);
