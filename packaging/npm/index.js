// Where the extension of this machine is: in one of the packages that this one names as optional, so that npm
// installs the one that fits.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const SUFFIX = { win32: 'dll', darwin: 'dylib' };

// What the package of a platform is called.
function packageName(platform = process.platform, arch = process.arch) {
  return `billing-sqlite-${platform === 'win32' ? 'windows' : platform}-${arch}`;
}

// The path of the extension's file. Node's own sqlite and better-sqlite3 load it with
// db.loadExtension(getLoadablePath()).
function getLoadablePath() {
  const name = packageName();
  let folder;
  try {
    folder = join(require.resolve(`${name}/package.json`), '..');
  } catch {
    throw new Error(`billing-sqlite: there is no build for ${process.platform} ${process.arch} installed, ` +
      `install ${name} or build one from the source (make)`);
  }
  const path = join(folder, `billing.${SUFFIX[process.platform] ?? 'so'}`);
  if (!existsSync(path)) throw new Error(`billing-sqlite: a file is missing, ${path}, install ${name} again`);
  return path;
}

// Loads it into a connection of better-sqlite3 or node:sqlite (opened with allowExtension).
function load(db) {
  db.loadExtension(getLoadablePath());
}

module.exports = { getLoadablePath, load, packageName };
