// Files that came from a kernel are kept in the browser by their hash; where it keeps nothing, they are asked for again.

const [BASE, SHELF] = ["kdviz", "libraries"];

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** @param {IDBTransactionMode} mode */
async function shelf(mode) {
  const opening = indexedDB.open(BASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(SHELF);
  const base = await done(opening);
  return base.transaction(SHELF, mode).objectStore(SHELF);
}

/**
 * @param {string} name
 * @param {string} hash
 * @returns {Promise<Blob | undefined>} the file, gzipped
 */
export async function kept(name, hash) {
  try {
    const found = await done((await shelf("readonly")).get(name));
    return found?.hash === hash ? found.file : undefined;
  } catch {
    return undefined; // a private window, or a frame without an origin
  }
}

/**
 * Keep the newest version of a file.
 * @param {string} name
 * @param {string} hash
 * @param {Blob} file
 */
export async function keep(name, hash, file) {
  try {
    await done((await shelf("readwrite")).put({ hash, file }, name));
  } catch {}
}
