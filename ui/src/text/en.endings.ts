import type { Words } from "./words";

export const endings: Words["ended"]["reason"] = {
  answered_elsewhere: () => ({
    title: "Answered on another device.",
    advice: "The call goes on there.",
  }),
  busy: ({ by, name }) =>
    by === "me"
      ? { title: `${name} called while you were in another call.`, advice: "You can call back." }
      : { title: `${name} is in another call.`, advice: "Try again later, or write." },
  cancelled: ({ by, name }) =>
    by === "me"
      ? { title: "You ended the call before it was answered.", advice: "" }
      : { title: `You missed a call from ${name}.`, advice: "You can call back." },
  connect_failed: ({ name }) => ({
    title: `No connection to ${name} could be made.`,
    advice:
      "A firewall or a strict network may stand in between. Try again, or try another network.",
  }),
  connection_lost: ({ name }) => ({
    title: `The connection to ${name} was lost.`,
    advice: "Check the network on both sides and call again.",
  }),
  declined: ({ by, name }) =>
    by === "me"
      ? { title: `You declined the call from ${name}.`, advice: "" }
      : { title: `${name} declined the call.`, advice: "You can write instead." },
  declined_elsewhere: () => ({ title: "Declined on another device.", advice: "" }),
  glare_lost: ({ name }) => ({
    title: `${name} called you at the same moment.`,
    advice: "That call took the place of this one.",
  }),
  hung_up: ({ by, name }) =>
    by === "me"
      ? { title: "You hung up.", advice: "" }
      : { title: by === "peer" ? `${name} hung up.` : "The call has ended.", advice: "" },
  left: ({ by, name }) =>
    by === "me"
      ? { title: "You left the call.", advice: "" }
      : { title: `${name} left.`, advice: "Their app or page was closed." },
  no_answer: ({ role, name }) =>
    role === "caller"
      ? { title: `${name} did not answer.`, advice: "Try again later, or write." }
      : { title: `You missed a call from ${name}.`, advice: "You can call back." },
  no_device: ({ by, name }) =>
    by === "me"
      ? {
          title: "No microphone or camera works here.",
          advice: "Plug one in, or close the program that uses it, and call again.",
        }
      : {
          title: `${name} has no microphone or camera that works.`,
          advice: "You can write instead.",
        },
  no_permission: ({ by, name }) =>
    by === "me"
      ? {
          title: "Ringdove may not use the microphone and camera.",
          advice: "Allow it in the browser’s or the system’s settings and call again.",
        }
      : {
          title: `${name} did not allow microphone and camera.`,
          advice: "You can write instead.",
        },
  not_allowed: ({ name }) => ({
    title: `${name} does not take calls from you.`,
    advice: "",
  }),
  not_secure: ({ name }) => ({
    title: `The call with ${name} was ended to protect you.`,
    advice: "Something on the way was not as it must be: a key or a message may have been swapped.",
  }),
  rate_limited: () => ({
    title: "You have called too often.",
    advice: "Wait a while, or write.",
  }),
  replaced: ({ name }) => ({
    title: `${name} called anew.`,
    advice: "The newer call took the place of this one.",
  }),
  server_error: () => ({
    title: "The server could not go on with the call.",
    advice: "Try again in a moment.",
  }),
  unreachable: ({ name }) => ({
    title: `${name} cannot be reached now.`,
    advice: "Their device may be off or offline. Try again later.",
  }),
  version: ({ name }) => ({
    title: `Your Ringdove and that of ${name} do not fit together.`,
    advice: "Update the older one.",
  }),
};
