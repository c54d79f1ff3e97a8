type Stream = NodeJS.WriteStream;

/** Writes text. An error goes to the listeners of the stream: some versions of Node.js throw it instead. */
export function write(stream: Stream, text: string): void {
  try {
    stream.write(text);
  } catch (error) {
    stream.emit('error', error);
  }
}

/** Resolves when the system has accepted what was written before, or refused it. */
export const flushed = (stream: Stream): Promise<void> => new Promise((done) => void stream.write('', () => done()));
