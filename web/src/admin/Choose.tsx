import { Input } from '@mantine/core';
import { useId } from 'react';
import { Icon } from '../design/icons.tsx';

/** The browser's own list of choices, looking like the other fields. */
export function Choose({
  options,
  value,
  onChange,
  label,
  description,
  error,
  name,
}: {
  options: { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
  label?: string;
  description?: string;
  error?: string | undefined;
  /** What it is, for who hears it, where nothing is written above it. */
  name?: string;
}) {
  const id = useId();
  return (
    <Input.Wrapper id={id} size="md" label={label} description={description} error={error}>
      <Input
        id={id}
        component="select"
        size="md"
        pointer
        rightSection={<Icon name="down" size={17} />}
        rightSectionPointerEvents="none"
        aria-label={name}
        value={value}
        onChange={(event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </Input>
    </Input.Wrapper>
  );
}
