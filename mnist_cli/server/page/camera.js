// A photograph: by a webcam in the page, or by the phone's own camera.

import { find } from "./dom.js";

export class Camera {
  #stream = null;

  // onPicture gets the photograph's file; onFailure a sentence.
  constructor(onPicture, onFailure) {
    this.onFailure = onFailure;
    find("photograph").addEventListener("click", () => this.#open());
    find("shoot").addEventListener("click", async () => onPicture(await this.#shot()));
    find("camera-close").addEventListener("click", () => find("camera").close());
    find("camera").addEventListener("close", () => this.#stop());
  }

  async #open() {
    // a phone's camera program takes better pictures; and without https a page gets no webcam
    if (matchMedia("(pointer: coarse)").matches || !navigator.mediaDevices) {
      find("capture").click();
      return;
    }
    try {
      const video = { facingMode: "environment", width: { ideal: 3840 }, height: { ideal: 2160 } };
      this.#stream = await navigator.mediaDevices.getUserMedia({ video });
    } catch (error) {
      const refused = error.name === "NotAllowedError";
      this.onFailure(refused ? "The camera was not allowed." : "No camera was found.");
      return;
    }
    find("viewfinder").srcObject = this.#stream;
    find("camera").showModal();
  }

  #shot() {
    const video = find("viewfinder");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    find("camera").close();
    const name = `photo-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.jpg`;
    return new Promise((resolve) => {
      canvas.toBlob((blob) => resolve(new File([blob], name, { type: blob.type })), "image/jpeg", 0.95);
    });
  }

  #stop() {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
  }
}
