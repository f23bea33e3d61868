import { evidenceTypes } from './evidenceTypes.ts';
import { type PolicyDocument, usual } from './policy.ts';

/** The platform's numbers: the guide's where it gives one, else as DOMAIN.md says at each rule. Version 1 of a new service. */
export const defaultPolicy: PolicyDocument = {
  deadlines: {
    unpaidOrder: 'PT24H',
    merchantDecision: 'PT48H',
    interventionWindow: 'PT48H',
    buyerReturn: 'P7D',
    merchantReceipt: 'P7D',
    refundVoucher: 'PT48H',
    interventionAudit: 'PT48H',
    evidence: 'PT48H',
    furtherInformation: 'PT48H',
    adjudication: 'PT72H',
    appeal: 'P7D',
    replacementShipment: 'PT48H',
    replacementReceipt: 'P7D',
    ticketReply: 'PT72H',
  },
  reminders: ['PT24H'],
  outageTolerance: 'PT5M',
  lateVoucher: 'P30D',
  defaultReturnAddress: {
    name: '退货中心',
    phone: '4000000000',
    province: '浙江省',
    city: '杭州市',
    district: '余杭区',
    street: '平台退货中心',
  },
  noReasonWindow: 'P7D',
  noReasonCountsFromNextDay: false,
  afterSalesPeriod: 'P15D',
  maxApplicationsPerLine: 5,
  onMerchantSilence: 'approve',
  codPenalty: { basisPoints: 500, minimum: 500 },
  ...usual,
  evidence: {
    maxFilesPerParty: 20,
    maxImageBytes: 10_485_760,
    maxVideoBytes: 104_857_600,
    types: [...evidenceTypes],
  },
};
