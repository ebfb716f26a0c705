/** A stream with a drawn picture, in place of a camera. */
export function picture(from: string, to: string, width: number, height: number): MediaStream {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const stream = canvas.captureStream(10);
  if (context !== null) {
    const draw = (): void => {
      const sky = context.createLinearGradient(0, 0, width, height);
      sky.addColorStop(0, from);
      sky.addColorStop(1, to);
      context.fillStyle = sky;
      context.fillRect(0, 0, width, height);
      context.fillStyle = "#e9c9a8";
      context.beginPath();
      context.arc(width / 2, height * 0.42, height * 0.18, 0, 7);
      context.ellipse(width / 2, height * 0.95, height * 0.36, height * 0.34, 0, 0, 7);
      context.fill();
    };
    draw();
    setInterval(draw, 100);
  }
  return stream;
}
