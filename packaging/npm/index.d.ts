/** The path of the extension's file, for db.loadExtension(). */
export declare function getLoadablePath(): string;
/** Loads the extension into a connection of better-sqlite3 or node:sqlite. */
export declare function load(db: { loadExtension(path: string): unknown }): void;
/** What the package of a platform is called. */
export declare function packageName(platform?: string, arch?: string): string;
