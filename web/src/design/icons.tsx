const paths = {
  back: 'M15 5l-7 7 7 7',
  next: 'M9 5l7 7-7 7',
  down: 'M5 9l7 7 7-7',
  bag: 'M6 8h12l1 12H5L6 8zm3 0V7a3 3 0 0 1 6 0v1',
  turn: 'M4 12a8 8 0 1 1 2.6 5.9M4 5v7h6',
  bell: 'M6 16V11a6 6 0 1 1 12 0v5l1.5 2h-15L6 16zm4 4h4',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7 9a7 7 0 0 1 14 0',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zm0-14v5l3 2',
  plus: 'M12 5v14M5 12h14',
  box: 'M12 3l8 4.5v9L12 21l-8-4.5v-9L12 3zm0 9l8-4.5M12 12v9m0-9L4 7.5',
  chat: 'M5 5h14v11H9l-4 4V5z',
  scale: 'M12 4v16m-4 0h8M5 7h14M5 7l-3 7h6L5 7zm14 0l-3 7h6l-3-7z',
  file: 'M7 3h7l4 4v14H7V3zm7 0v4h4',
  check: 'M5 13l4 4L19 7',
  store: 'M4 9l2-5h12l2 5M4 9v11h16V9M4 9c0 3 4 3 4 0 0 3 4 3 4 0 0 3 4 3 4 0 0 3 4 3 4 0',
  headset: 'M5 14v-2a7 7 0 0 1 14 0v2M5 14h3v5H5v-5zm14 0h-3v5h3v-5zm0 5c0 2-3 2-5 2',
  gear: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 3v3m0 12v3M3 12h3m12 0h3M5.6 5.6l2.2 2.2m8.4 8.4l2.2 2.2m0-12.8l-2.2 2.2M7.8 16.2l-2.2 2.2',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm5-2l5 5',
  out: 'M14 4h5v16h-5M10 8l-4 4 4 4m-4-4h10',
} as const;

export type IconName = keyof typeof paths;

/** A drawing beside words: it says nothing by itself. */
export const Icon = ({ name, size = 22 }: { name: IconName; size?: number }) => (
  <svg
    aria-hidden="true"
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.7"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d={paths[name]} />
  </svg>
);
