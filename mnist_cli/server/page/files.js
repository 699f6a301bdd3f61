// From a file to pictures that the server reads and the browser shows.

import { ask } from "./ask.js";

const PDF = "application/pdf";
const TIFF = "image/tiff";

// Yield a picture for an image file, and one a page for a PDF or a TIFF of several, as soon as it
// is there.
export async function* picturesOf(file, onWait) {
  const type = await paged(file);
  if (!type) {
    yield { name: file.name || "pasted.png", file };
    return;
  }
  let pages = 1;
  for (let page = 1; page <= pages; page++) {
    const response = await ask(`v1/pages?page=${page}`, { body: file, type, onWait });
    pages = Number(response.headers.get("Page-Count"));
    const drawn = await response.blob();
    if (type === TIFF && pages === 1) yield { name: file.name || "pasted.tif", file, shown: drawn };
    else yield { name: `${file.name || "pasted.pdf"}#${page}`, file: drawn };
  }
}

// Return a bitmap, upright; and, where the browser needed it, the picture that it is of.
export async function bitmapOf({ file, shown }) {
  try {
    return { bitmap: await decoded(shown ?? file), shown };
  } catch {
    const response = await ask("v1/pages", { body: file }); // HEIC, TIFF
    const picture = await response.blob();
    return { bitmap: await decoded(picture), shown: picture };
  }
}

// Return its width and height; null if it can't be shown.
export async function sizeOf(picture) {
  const { bitmap } = await bitmapOf(picture).catch(() => ({ bitmap: null }));
  const size = bitmap && [bitmap.width, bitmap.height];
  bitmap?.close();
  return size;
}

function decoded(blob) {
  return createImageBitmap(blob, { imageOrientation: "from-image" });
}

// Return the media type of a file that may have several pages; null for any other.
async function paged(file) {
  const begin = await file.slice(0, 4).text();
  if (file.type === PDF || begin === "%PDF") return PDF;
  return ["II*\0", "MM\0*"].includes(begin) ? TIFF : null;
}
