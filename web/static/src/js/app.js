// What pages gain where scripts run. Every page works without it.
import "../../vendor/htmx-4.0.1.esm.min.js";

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

// "/" goes to the search field of the page.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("[data-search]");
  if (field) {
    event.preventDefault();
    field.focus();
    field.select();
  }
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
