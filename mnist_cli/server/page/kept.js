// What this browser keeps, in its IndexedDB: files in one store, what was read and said in another.

const NAME = "mnist";
const VERSION = 1;

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
    const transaction = database.transaction(["files", "sheets"]);
    const stores = ["files", "sheets"].map((name) => settled(transaction.objectStore(name).getAll()));
    const [files, sheets] = await Promise.all(stores);
    const byId = new Map(files.map((one) => [one.id, one]));
    return sheets.flatMap((sheet) => (byId.has(sheet.id) ? [{ ...byId.get(sheet.id), ...sheet }] : []));
  }

  putFile({ id, file, shown }) {
    return this.#change("files", (store) => store.put({ id, file, shown }));
  }

  putSheet(sheet) {
    return this.#change("sheets", (store) => store.put(sheet.kept));
  }

  async remove(id) {
    await this.#change("files", (store) => store.delete(id));
    await this.#change("sheets", (store) => store.delete(id));
  }

  async clear() {
    await this.#change("files", (store) => store.clear());
    await this.#change("sheets", (store) => store.clear());
  }

  async #change(name, change) {
    const database = await this.#database;
    if (!database) return;
    try {
      await settled(change(database.transaction(name, "readwrite").objectStore(name)));
    } catch (error) {
      const full = error?.name === "QuotaExceededError";
      this.#onFailure(full ? "This browser has no more room for pictures." : "This browser did not keep that.");
    }
  }
}

async function opened() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const name of ["files", "sheets"]) request.result.createObjectStore(name, { keyPath: "id" });
  };
  return settled(request);
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
