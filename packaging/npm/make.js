// Lays the packages out: the one to install, and one a platform that it names as optional.
//
//   node packaging/npm/make.js VERSION OUT PLATFORM=FILE...
//
// PLATFORM as in linux-x64; FILE is the extension built for it.
const fs = require('node:fs');
const path = require('node:path');

const [version, out, ...built] = process.argv.slice(2);
const LICENCE = 'MIT';

function write(folder, name, text) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), text);
}

function common(name, description) {
  return { name, version, description, license: LICENCE, keywords: ['sqlite', 'extension', 'billing'] };
}

const optional = {};
for (const entry of built) {
  const [platform, file] = entry.split('=');
  const [system, arch] = platform.split('-');
  const name = `billing-sqlite-${platform}`;
  const folder = path.join(out, name);
  const library = 'billing' + path.extname(file);
  const description = {
    ...common(name, `The extension billing of SQLite for ${system} ${arch}`),
    os: [system === 'windows' ? 'win32' : system],
    cpu: [arch],
    files: [library],
  };
  if (system === 'linux') description.libc = ['glibc'];
  write(folder, 'package.json', JSON.stringify(description, null, 2) + '\n');
  write(folder, 'README.md', `The extension of the package billing-sqlite for ${platform}.\n`);
  fs.copyFileSync(file, path.join(folder, library));
  fs.copyFileSync('LICENSE', path.join(folder, 'LICENSE'));
  optional[name] = version;
}

const folder = path.join(out, 'billing-sqlite');
write(folder, 'package.json', JSON.stringify({
  ...common('billing-sqlite', 'Prepaid tokens, counted to the unit, inside SQLite'),
  main: 'index.js',
  types: 'index.d.ts',
  files: ['index.js', 'index.d.ts'],
  engines: { node: '>=18' },
  optionalDependencies: optional,
}, null, 2) + '\n');
for (const name of ['index.js', 'index.d.ts', 'README.md']) {
  fs.copyFileSync(path.join(__dirname, name), path.join(folder, name));
}
fs.copyFileSync('LICENSE', path.join(folder, 'LICENSE'));
