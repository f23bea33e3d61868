import { Button } from '@mantine/core';
import { useCommand } from '../api/useCommand.ts';
import { Told } from '../forms/Form.tsx';

/** A command that needs nothing said: a button, and under it what kept it from being done. */
export function CommandButton<Answer>({
  path,
  name,
  label,
  onDone,
}: {
  path: string;
  name: string;
  label: string;
  onDone: (answer: Answer) => void;
}) {
  const { submit, pending, underWay, trouble } = useCommand<Answer>({ path, name, onDone });
  return (
    <div className="stack tight">
      <Button size="compact-md" variant="default" loading={pending} onClick={() => void submit({})}>
        {label}
      </Button>
      <Told trouble={trouble} underWay={underWay} />
    </div>
  );
}
