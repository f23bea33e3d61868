import { phrases } from '../words/language.ts';

export const useSessionWords = phrases('session', {
  welcome: ['售后服务', 'After-sales'],
  promise: [
    '每一次售后都有结果：谁来处理、何时之前、逾期会怎样，一目了然。',
    'Every case ends right: who must act, by when, and what happens otherwise, at a glance.',
  ],
  whoAreYou: ['您想以谁的身份进入？', 'Who would you like to be?'],
  demoHint: ['演示身份，仅本机可用', 'Demo parties, on this machine only'],
  signIn: ['登录', 'Sign in'],
  token: ['登录凭证', 'Token'],
  tokenHint: [
    '通常由交易平台带入；也可在此粘贴。',
    'The marketplace usually brings it along; it can be pasted here too.',
  ],
  badToken: ['这不是有效的登录凭证。', 'That is no usable token.'],
  again: ['请重新登录', 'Please sign in again'],
  againHint: [
    '登录已过期。您填写的内容还在，登录后可继续。',
    'Your time here has run out. What you typed is still there: sign in and go on.',
  ],
  goOnAs: ['继续以 {{sub}} 的身份', 'Go on as {{sub}}'],
  elsewhere: ['更多入口', 'Elsewhere'],
  apiDocs: ['API 文档', 'API documentation'],
  temporalUi: ['Temporal 工作流', 'Temporal UI'],
  mail: ['邮件', 'Mail'],
  provider: ['支付沙箱', 'Sandbox provider'],
  consumerDoes: ['查看订单、申请售后、跟进进度', 'See orders, apply, follow what happens'],
  merchantDoes: ['处理申请、验收退货、提出方案', 'Decide, inspect parcels, propose'],
  agentDoes: ['审核、判定、处理工单', 'Audit, rule, answer tickets'],
  adminDoes: ['规则、回调与数据', 'Policies, webhooks, figures'],
  notHere: ['该身份的页面尚未开放', 'There is no page for this role yet'],
  notHereHint: ['此身份可使用 API。', 'This role can use the API.'],
});
