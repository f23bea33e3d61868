import { useQuery } from '@tanstack/react-query';

/** What the embedded stack offers; nothing elsewhere. */
export type Demo = {
  parties: { role: string; sub: string; token: string }[];
  links: { temporalUi: string | null; mail: string | null; provider: string };
};

/** The demo parties, where this is the embedded stack; null where it is not. */
export const useDemo = () =>
  useQuery<Demo | null>({
    queryKey: ['demo'],
    queryFn: async () => {
      const response = await fetch('/console/demo-parties.json', { cache: 'no-store' });
      return response.ok ? ((await response.json()) as Demo) : null;
    },
    retry: false,
    staleTime: 60_000,
  });
