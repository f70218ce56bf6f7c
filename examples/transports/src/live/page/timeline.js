// A picture of the last seconds: events from the moment they are sent to the moment they arrive, and requests as bars.

const SECONDS = 20;
const [SENT, ARRIVED, REQUESTS] = [12, 46, 66]; // heights of the rows
const LABELS = [[SENT, "sent"], [ARRIVED, "arrived"], [REQUESTS, "requests"]];
const LEFT = 58; // where the rows begin

export class Timeline {
  #requests = []; // { began, ended, news }
  #arrivals = []; // { sent, arrived }
  #canvas;

  constructor(canvas) {
    this.#canvas = canvas;
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const draw = () => {
      if (canvas.isConnected) this.#draw();
      if (still.matches) setTimeout(draw, 1000);
      else requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  // `ended` is null until the request ends.
  addRequest(request) {
    this.#requests.push(request);
    this.#prune();
  }

  addArrival(arrival) {
    this.#arrivals.push(arrival);
    this.#prune();
  }

  // Not only when the picture is drawn: a hidden tab draws nothing, and events keep arriving.
  #prune() {
    const oldest = Date.now() - SECONDS * 1000;
    this.#requests = this.#requests.filter(({ ended }) => ended === null || ended > oldest);
    this.#arrivals = this.#arrivals.filter(({ arrived }) => arrived > oldest);
  }

  #draw() {
    this.#prune();
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const scale = devicePixelRatio;
    if (this.#canvas.width !== Math.round(width * scale) || this.#canvas.height !== Math.round(height * scale)) {
      this.#canvas.width = Math.round(width * scale);
      this.#canvas.height = Math.round(height * scale);
    }
    const context = this.#canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);

    const now = Date.now();
    const oldest = now - SECONDS * 1000;
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(name);
    const x = (time) => width - 6 - ((now - time) / (SECONDS * 1000)) * (width - 6 - LEFT);

    context.lineWidth = 1;
    context.strokeStyle = colour("--line");
    context.fillStyle = colour("--muted");
    context.font = `11px ${style.fontFamily}`;
    context.textBaseline = "middle";
    for (const [y, label] of LABELS) {
      context.fillText(label, 0, y);
      if (y !== REQUESTS) line(context, LEFT, y, width, y);
    }

    for (const { began, ended, news } of this.#requests) {
      const left = Math.max(LEFT, x(began));
      context.fillStyle = colour("--accent");
      context.globalAlpha = news > 0 || ended === null ? 1 : 0.35;
      context.beginPath();
      context.roundRect(left, REQUESTS - 4, Math.max(2.5, x(ended ?? now) - left - 1), 8, 2);
      context.fill();
    }
    context.strokeStyle = context.fillStyle = colour("--accent");
    context.lineWidth = 1.25;
    for (const { sent, arrived } of this.#arrivals) {
      if (sent < oldest) continue;
      context.globalAlpha = 0.7;
      line(context, x(sent), SENT, x(arrived), ARRIVED);
      context.globalAlpha = 1;
      dot(context, x(sent), SENT, 2);
      dot(context, x(arrived), ARRIVED, 3);
    }
    context.globalAlpha = 1;
  }
}

function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function dot(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
