// Lets node read npm @rocket.chat/rest-typings, which is published as ES modules
// that say neither so nor how their imports end.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ours = (url) => url?.includes('/@rocket.chat/rest-typings/dist/');

export async function resolve(specifier, context, next) {
	if (ours(context.parentURL) && specifier.startsWith('.')) {
		const path = fileURLToPath(new URL(specifier, context.parentURL));
		const found = [path, `${path}.js`, `${path}/index.js`].find((p) => existsSync(p) && statSync(p).isFile());
		if (found) return { url: pathToFileURL(found).href, format: 'module', shortCircuit: true };
	}
	if (ours(context.parentURL) && specifier === 'ajv/dist/2020') return next('ajv/dist/2020.js', context);
	return next(specifier, context);
}

export async function load(url, context, next) {
	if (!ours(url)) return next(url, context);
	return { format: 'module', source: readFileSync(fileURLToPath(url), 'utf8'), shortCircuit: true };
}
