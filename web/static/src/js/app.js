// What pages gain where scripts run. Every page works without it.
import "../../vendor/htmx-4.0.1.esm.min.js";
import "./signature.js";

// The worker keeps the shell and one's own upcoming bookings for when there is
// no network; signed out, it is told to forget them.
if ("serviceWorker" in navigator) {
  const signedIn = document.documentElement.dataset.who === "member";
  navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready).then((ready) => {
    ready.active.postMessage(signedIn ? "keep" : "forget");
  }, () => {});
}

// What may be undone for so many seconds takes its bar away afterwards.
function countDown(bar) {
  const left = bar.querySelector("[data-left]");
  let seconds = Number(bar.dataset.undo);
  const timer = setInterval(() => {
    seconds -= 1;
    if (left) left.textContent = left.dataset.left.replace("0", String(Math.max(seconds, 0)));
    if (seconds <= 0) {
      clearInterval(timer);
      bar.remove();
    }
  }, 1000);
}
document.querySelectorAll("[data-undo]").forEach(countDown);

// Keys go where data-key says: "n" to a link, "/" into a field, "g t" one after the
// other. Not while something is typed, nor where arrows scroll.
const named = { ArrowLeft: "left", ArrowRight: "right" };
let before = "";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  const key = named[event.key] ?? event.key;
  const scroller = event.target.closest("[tabindex='0']");
  if (key in { left: 1, right: 1 } && scroller && scroller.scrollWidth > scroller.clientWidth) return;
  const found = (name) => document.querySelector(`[data-key="${CSS.escape(name)}"]`);
  const aim = (before && found(`${before} ${key}`)) || found(key) || (key === "/" && document.querySelector("[data-search]"));
  before = key === "g" ? key : "";
  if (!aim) return;
  event.preventDefault();
  if (aim.matches("input")) {
    aim.focus();
    aim.select();
  } else if (aim.matches("details")) {
    aim.open = !aim.open;
    aim.querySelector("summary").focus();
  } else {
    aim.click();
  }
});
document.querySelectorAll("[data-keys]").forEach((help) => { help.hidden = false; });

// A screen of the front desk locks when nobody touches it.
const lockAfter = Number(document.body.dataset.lock) * 1000;
if (lockAfter) {
  const here = location.pathname + location.search;
  const touch = () => localStorage.setItem("touched", String(Date.now())); // for all tabs together
  const look = () => {
    const left = Number(localStorage.getItem("touched")) + lockAfter - Date.now();
    if (left > 0) {
      setTimeout(look, left);
      return;
    }
    fetch("/me/lock", { method: "POST", redirect: "manual" }).finally(() => location.assign(`/me/again?next=${encodeURIComponent(here)}`));
  };
  for (const event of ["pointerdown", "pointermove", "keydown", "scroll"]) addEventListener(event, touch, { passive: true });
  touch();
  look();
}

// A slip is printed where there is something to print with.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// Where nothing stands on the board, a click books: that machine, from that half hour.
document.querySelectorAll("[data-from]").forEach((board) => {
  board.classList.add("live");
  board.addEventListener("click", (event) => {
    const lane = event.target.closest("[data-book]");
    if (!lane || event.target !== lane) return;
    const box = lane.getBoundingClientRect();
    const from = Number(board.dataset.from);
    const minute = from + Math.floor((event.clientX - box.left) / box.width * (Number(board.dataset.to) - from) / 30) * 30;
    const two = (n) => String(n).padStart(2, "0");
    location.href = `${lane.dataset.book}&start=${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
  });
});

// In a form that keeps what its fields were filled in for, a choice fills in what
// most often goes with it.
document.addEventListener("change", (event) => {
  const names = event.target.dataset.fills;
  const filled = event.target.form && event.target.form.elements.filled;
  if (!names || !filled) return;
  const chosen = event.target.selectedOptions[0].dataset;
  for (const name of names.split(" ")) {
    const field = event.target.form.elements[name];
    const before = field.value;
    field.value = chosen[name];
    if (!field.value) field.value = before;
  }
  filled.value = event.target.value;
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// After a part of the page was changed in place, what explains the change has the focus.
document.addEventListener("htmx:after:swap", () => {
  const heading = document.querySelector("#main [data-focus]");
  if (heading) heading.focus({ preventScroll: false });
});

// Passkeys: a button that asks the device, and sends what it answers with its form.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function answered(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

async function askDevice(button) {
  const said = button.parentElement.querySelector("[data-passkey-says]");
  said.hidden = true;
  try {
    const reply = await fetch(button.dataset.passkey, { method: "POST", credentials: "same-origin" });
    if (reply.redirected) {
      location.reload();
      return;
    }
    const { token, options, says } = await reply.json();
    if (!reply.ok) throw new Error(says);
    const key = options.publicKey;
    key.challenge = bytes(key.challenge);
    if (key.user) key.user.id = bytes(key.user.id);
    for (const known of [...(key.excludeCredentials ?? []), ...(key.allowCredentials ?? [])]) known.id = bytes(known.id);
    const credential = key.user ? await navigator.credentials.create({ publicKey: key }) : await navigator.credentials.get({ publicKey: key });
    const { form } = button;
    form.elements.passkey_token.value = token;
    form.elements.passkey_answer.value = JSON.stringify(answered(credential));
    form.noValidate = true;
    form.submit();
  } catch (error) {
    said.textContent = error instanceof DOMException || !error.message ? said.dataset.passkeySays : error.message;
    said.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  document.querySelectorAll("form.scripted").forEach((form) => { form.hidden = false; });
  document.querySelectorAll("[data-passkey]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => askDevice(button));
  });
  document.querySelectorAll("[data-passkey-none]").forEach((none) => { none.hidden = true; });
}
