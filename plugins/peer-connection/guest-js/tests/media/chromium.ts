export const CHROMIUM = process.env["RINGDOVE_CHROMIUM"] ?? "/usr/bin/chromium";

export const FLAGS = [
  "--use-fake-device-for-media-stream=fps=30",
  "--use-fake-ui-for-media-stream",
  "--no-sandbox",
  "--autoplay-policy=no-user-gesture-required",
] as const;
