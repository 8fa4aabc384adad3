/** Where a shell writes. A line comes without its line break, and may have others within. */
export interface Output {
  out(line: string): void
  err(line: string): void
}
