const lastList = 'aftersales.agent.list';

type Shown = { queue: string; claimed: string };

/** The queues' page as it shows one of them. */
export const pathOfQueue = (shown: Shown): string => `/?${new URLSearchParams(shown).toString()}`;

/** Keeps which queue or list was looked at in this tab, for whoever comes back from what stands in it. */
export const keepList = (path: string): void => sessionStorage.setItem(lastList, path);
/** Where an agent goes back to: to the list it came from, else to where such a subject waits. */
export const listPath = (otherwise = '/'): string => sessionStorage.getItem(lastList) ?? otherwise;
