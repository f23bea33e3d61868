export { caseWorkflow } from './case.ts';
export { orderWorkflow } from './order.ts';
export { ticketWorkflow } from './ticket.ts';
