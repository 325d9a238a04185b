/**
 * The days on which something is different: the turn of a month and of a year, the leap day, the days on which the clocks are
 * changed (the last Sunday of March and of October); and every tenth day.
 */
export function isTold(day: string): boolean {
  const [month, date] = [day.slice(5, 7), Number(day.slice(8))];
  const isClockChange = (month === '03' || month === '10') && date >= 25 && new Date(day).getUTCDay() === 0;
  const isEdge = date === 1 || date >= 30 || (month === '02' && date >= 28);
  return isClockChange || isEdge || date % 10 === 0;
}
