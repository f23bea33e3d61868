/** A command's route segment, as `availableActions` names it: `merchantDecision` → `merchant-decision`. */
export const actionOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
