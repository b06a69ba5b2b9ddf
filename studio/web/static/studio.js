// What the pages can do a little better with a script. Each part works without:
// a form is sent, a page is loaded again.
"use strict";

// On a narrow screen the navigation is a strip: bring the present page into it.
document.querySelector(".side [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Dropped files go into the file input; chosen ones are shown.
for (const drop of document.querySelectorAll("[data-drop]")) {
  const input = drop.querySelector("input[type=file]");
  const chosen = drop.querySelector("[data-chosen]");
  const show = () => {
    for (const old of chosen.querySelectorAll("img")) URL.revokeObjectURL(old.src);
    chosen.replaceChildren(...[...input.files].slice(0, 8).map((file) => {
      const item = document.createElement("li");
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      item.append(image);
      return item;
    }));
    const name = drop.closest("form").elements.namedItem("name");
    if (name && input.files.length > 0) name.focus();
  };
  input.addEventListener("change", show);
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.remove("over");
    });
  }
  drop.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    show();
  });
}

// A form that takes a while is sent once.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-busy", "true");
  });
}
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-busy");
  }
});

// A choice that only loads the page anew needs no button.
for (const select of document.querySelectorAll("select[data-submit]")) {
  for (const button of select.form.querySelectorAll("[data-needless]")) button.hidden = true;
  select.addEventListener("change", () => select.form.requestSubmit());
}

// Ticking a concept puts its word into the prompt; unticking takes it out.
const prompt = document.getElementById("prompt");
if (prompt) {
  for (const box of document.querySelectorAll("input[data-word]")) {
    box.addEventListener("change", () => {
      const word = box.dataset.word;
      if (box.checked && !prompt.value.includes(word)) {
        const text = prompt.value.trim();
        prompt.value = text === "" ? "a photo of " + word : text + " " + word;
      } else if (!box.checked) {
        prompt.value = prompt.value.split(word).join("").replace(/\s+/g, " ").trim();
      }
    });
  }
}

// Links and tokens can be copied with a click.
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
    button.textContent = button.dataset.done;
  });
}
