/** Whether the focus is where keys mean letters. */
export function isTyping(focused: Element | null): boolean {
  return (
    focused instanceof HTMLTextAreaElement ||
    focused instanceof HTMLSelectElement ||
    (focused instanceof HTMLElement && focused.isContentEditable) ||
    (focused instanceof HTMLInputElement && !NOT_TEXT.has(focused.type))
  );
}

const NOT_TEXT = new Set(["button", "checkbox", "radio", "range", "submit"]);
