// What this browser keeps, in its IndexedDB: files in one store, what was read and said in another.

const NAME = "mnist";
const VERSION = 1;
const STORES = ["files", "sheets"];

export class Kept {
  #database; // a promise, of null where the browser keeps nothing
  #onFailure;

  // onFailure gets a sentence where the browser keeps nothing, or no more.
  constructor(onFailure) {
    this.#onFailure = onFailure;
    this.#database = opened().catch(() => {
      onFailure("This browser keeps no history for this page.");
      return null;
    });
  }

  // Return what was kept, in the order of ids, each with its file.
  async all() {
    const database = await this.#database;
    if (!database) return [];
    const transaction = database.transaction(STORES);
    const stores = STORES.map((name) => settled(transaction.objectStore(name).getAll()));
    const [files, sheets] = await Promise.all(stores);
    const byId = new Map(files.map((one) => [one.id, one]));
    return sheets.flatMap((sheet) => (byId.has(sheet.id) ? [{ ...byId.get(sheet.id), ...sheet }] : []));
  }

  putFile({ id, file, shown }) {
    return this.#change(["files"], (store) => store.put({ id, file, shown }));
  }

  putSheet(sheet) {
    return this.#change(["sheets"], (store) => store.put(sheet.kept));
  }

  remove(id) {
    return this.#change(STORES, (store) => store.delete(id));
  }

  clear() {
    return this.#change(STORES, (store) => store.clear());
  }

  // Change stores in one transaction: all of them, or none.
  async #change(names, change) {
    const database = await this.#database;
    if (!database) return;
    try {
      const transaction = database.transaction(names, "readwrite");
      const changes = names.map((name) => settled(change(transaction.objectStore(name))));
      transaction.commit(); // at once: the page may be left
      await Promise.all(changes);
    } catch (error) {
      const full = error?.name === "QuotaExceededError";
      this.#onFailure(full ? "This browser has no more room for pictures." : "This browser did not keep that.");
    }
  }
}

async function opened() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const name of STORES) request.result.createObjectStore(name, { keyPath: "id" });
  };
  return settled(request);
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
