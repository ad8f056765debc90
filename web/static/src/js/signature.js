// A sheet to sign on with a finger, a pen or a mouse. What is drawn is sent as a path
// of whole numbers; who can't draw types the name above it.
const most = 18000; // characters; the house takes a little more

function pad(box) {
  const canvas = box.querySelector("canvas");
  const field = box.querySelector("input");
  const pen = canvas.getContext("2d");
  let drawing = false;
  let last = null;

  const style = () => {
    pen.strokeStyle = getComputedStyle(box).color;
    pen.lineWidth = 4;
    pen.lineCap = pen.lineJoin = "round";
  };
  const at = (event) => {
    const r = canvas.getBoundingClientRect();
    const within = (n, end) => Math.min(Math.max(Math.round(n), 0), end);
    return [within((event.clientX - r.left) / r.width * 600, 600), within((event.clientY - r.top) / r.height * 200, 200)];
  };
  const show = () => {
    pen.clearRect(0, 0, 600, 200);
    style();
    pen.stroke(new Path2D(field.value));
  };

  box.hidden = false;
  if (field.value) show();
  canvas.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = true;
    last = at(event);
    if (field.value.length < most) field.value += `M${last[0]} ${last[1]}L${last[0]} ${last[1]}`;
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing || field.value.length >= most) return;
    const next = at(event);
    if (Math.abs(next[0] - last[0]) + Math.abs(next[1] - last[1]) < 3) return;
    style();
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    field.value += `L${next[0]} ${next[1]}`;
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = false; });
  box.querySelector("button").addEventListener("click", () => {
    field.value = "";
    show();
  });
}

document.querySelectorAll("[data-signature]").forEach(pad);
document.addEventListener("htmx:after:swap", () => document.querySelectorAll("[data-signature][hidden]").forEach(pad));
