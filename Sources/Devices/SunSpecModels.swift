/// The SunSpec information models that droopd knows, point by point: the DER models 701 to 715 without curves, and the
/// older inverter, nameplate, settings and battery models. Figures: sunspec/models json, revision 7abdf89.
public enum SunSpecModels {
    /// Every model that is known.
    public static let all: [SunSpecModel] = text.split(separator: "\n").map { SunSpecModel(parsing: String($0)) }

    /// The model of a number.
    public static subscript(id: UInt16) -> SunSpecModel? { all.first { $0.id == id } }

    /// The length of a model without its two header registers, its groups taken once; a device may repeat them. The
    /// meter models 203 and 213 are known by their length alone.
    public static func length(of model: UInt16) -> UInt16? {
        if let known = self[model] { return UInt16(known.registerCount - 2) }
        return [203: 105, 213: 124][model]
    }

    // One model a line: number, name, then its points (name, type, scale factor, rw where it can be written) and in
    // brackets its groups with how often they come: a number, the point that says it, or 0 for as often as there is
    // room.
    private static let text = """
        1 Common | Mn string:16, Md string:16, Opt string:8, Vr string:8, SN string:16, DA uint16 rw, Pad pad
        103 Inverter (Three Phase) | A uint16 A_SF, AphA uint16 A_SF, AphB uint16 A_SF, AphC uint16 A_SF, A_SF sunssf, \
        PPVphAB uint16 V_SF, PPVphBC uint16 V_SF, PPVphCA uint16 V_SF, PhVphA uint16 V_SF, PhVphB uint16 V_SF, PhVphC \
        uint16 V_SF, V_SF sunssf, W int16 W_SF, W_SF sunssf, Hz uint16 Hz_SF, Hz_SF sunssf, VA int16 VA_SF, VA_SF \
        sunssf, VAr int16 VAr_SF, VAr_SF sunssf, PF int16 PF_SF, PF_SF sunssf, WH acc32 WH_SF, WH_SF sunssf, DCA \
        uint16 DCA_SF, DCA_SF sunssf, DCV uint16 DCV_SF, DCV_SF sunssf, DCW int16 DCW_SF, DCW_SF sunssf, TmpCab int16 \
        Tmp_SF, TmpSnk int16 Tmp_SF, TmpTrns int16 Tmp_SF, TmpOt int16 Tmp_SF, Tmp_SF sunssf, St enum16, StVnd enum16, \
        Evt1 bitfield32, Evt2 bitfield32, EvtVnd1 bitfield32, EvtVnd2 bitfield32, EvtVnd3 bitfield32, EvtVnd4 \
        bitfield32
        120 Nameplate | DERTyp enum16, WRtg uint16 WRtg_SF, WRtg_SF sunssf, VARtg uint16 VARtg_SF, VARtg_SF sunssf, \
        VArRtgQ1 int16 VArRtg_SF, VArRtgQ2 int16 VArRtg_SF, VArRtgQ3 int16 VArRtg_SF, VArRtgQ4 int16 VArRtg_SF, \
        VArRtg_SF sunssf, ARtg uint16 ARtg_SF, ARtg_SF sunssf, PFRtgQ1 int16 PFRtg_SF, PFRtgQ2 int16 PFRtg_SF, PFRtgQ3 \
        int16 PFRtg_SF, PFRtgQ4 int16 PFRtg_SF, PFRtg_SF sunssf, WHRtg uint16 WHRtg_SF, WHRtg_SF sunssf, AhrRtg uint16 \
        AhrRtg_SF, AhrRtg_SF sunssf, MaxChaRte uint16 MaxChaRte_SF, MaxChaRte_SF sunssf, MaxDisChaRte uint16 \
        MaxDisChaRte_SF, MaxDisChaRte_SF sunssf, Pad pad
        121 Basic Settings | WMax uint16 WMax_SF rw, VRef uint16 VRef_SF rw, VRefOfs int16 VRefOfs_SF rw, VMax uint16 \
        VMinMax_SF rw, VMin uint16 VMinMax_SF rw, VAMax uint16 VAMax_SF rw, VArMaxQ1 int16 VArMax_SF rw, VArMaxQ2 \
        int16 VArMax_SF rw, VArMaxQ3 int16 VArMax_SF rw, VArMaxQ4 int16 VArMax_SF rw, WGra uint16 WGra_SF rw, PFMinQ1 \
        int16 PFMin_SF rw, PFMinQ2 int16 PFMin_SF rw, PFMinQ3 int16 PFMin_SF rw, PFMinQ4 int16 PFMin_SF rw, VArAct \
        enum16 rw, ClcTotVA enum16 rw, MaxRmpRte uint16 MaxRmpRte_SF rw, ECPNomHz uint16 ECPNomHz_SF rw, ConnPh enum16 \
        rw, WMax_SF sunssf, VRef_SF sunssf, VRefOfs_SF sunssf, VMinMax_SF sunssf, VAMax_SF sunssf, VArMax_SF sunssf, \
        WGra_SF sunssf, PFMin_SF sunssf, MaxRmpRte_SF sunssf, ECPNomHz_SF sunssf
        122 Measurements_Status | PVConn bitfield16, StorConn bitfield16, ECPConn bitfield16, ActWh acc64, ActVAh \
        acc64, ActVArhQ1 acc64, ActVArhQ2 acc64, ActVArhQ3 acc64, ActVArhQ4 acc64, VArAval int16 VArAval_SF, \
        VArAval_SF sunssf, WAval uint16 WAval_SF, WAval_SF sunssf, StSetLimMsk bitfield32, StActCtl bitfield32, TmSrc \
        string:4, Tms uint32, RtSt bitfield16, Ris uint16 Ris_SF, Ris_SF sunssf
        123 Immediate Controls | Conn_WinTms uint16 rw, Conn_RvrtTms uint16 rw, Conn enum16 rw, WMaxLimPct uint16 \
        WMaxLimPct_SF rw, WMaxLimPct_WinTms uint16 rw, WMaxLimPct_RvrtTms uint16 rw, WMaxLimPct_RmpTms uint16 rw, \
        WMaxLim_Ena enum16 rw, OutPFSet int16 OutPFSet_SF rw, OutPFSet_WinTms uint16 rw, OutPFSet_RvrtTms uint16 rw, \
        OutPFSet_RmpTms uint16 rw, OutPFSet_Ena enum16 rw, VArWMaxPct int16 VArPct_SF rw, VArMaxPct int16 VArPct_SF \
        rw, VArAvalPct int16 VArPct_SF rw, VArPct_WinTms uint16 rw, VArPct_RvrtTms uint16 rw, VArPct_RmpTms uint16 rw, \
        VArPct_Mod enum16 rw, VArPct_Ena enum16 rw, WMaxLimPct_SF sunssf, OutPFSet_SF sunssf, VArPct_SF sunssf
        124 Storage | WChaMax uint16 WChaMax_SF rw, WChaGra uint16 WChaDisChaGra_SF rw, WDisChaGra uint16 \
        WChaDisChaGra_SF rw, StorCtl_Mod bitfield16 rw, VAChaMax uint16 VAChaMax_SF rw, MinRsvPct uint16 MinRsvPct_SF \
        rw, ChaState uint16 ChaState_SF, StorAval uint16 StorAval_SF, InBatV uint16 InBatV_SF, ChaSt enum16, OutWRte \
        int16 InOutWRte_SF rw, InWRte int16 InOutWRte_SF rw, InOutWRte_WinTms uint16 rw, InOutWRte_RvrtTms uint16 rw, \
        InOutWRte_RmpTms uint16 rw, ChaGriSet enum16 rw, WChaMax_SF sunssf, WChaDisChaGra_SF sunssf, VAChaMax_SF \
        sunssf, MinRsvPct_SF sunssf, ChaState_SF sunssf, StorAval_SF sunssf, InBatV_SF sunssf, InOutWRte_SF sunssf
        134 Freq-Watt Crv | ActCrv uint16 rw, ModEna bitfield16 rw, WinTms uint16 rw, RvrtTms uint16 rw, RmpTms uint16 \
        rw, NCrv uint16, NPt uint16, Hz_SF sunssf, W_SF sunssf, RmpIncDec_SF sunssf [curve 0: ActPt uint16 rw, Hz1 \
        uint16 Hz_SF rw, W1 int16 W_SF rw, Hz2 uint16 Hz_SF rw, W2 int16 W_SF rw, Hz3 uint16 Hz_SF rw, W3 int16 W_SF \
        rw, Hz4 uint16 Hz_SF rw, W4 int16 W_SF rw, Hz5 uint16 Hz_SF rw, W5 int16 W_SF rw, Hz6 uint16 Hz_SF rw, W6 \
        int16 W_SF rw, Hz7 uint16 Hz_SF rw, W7 int16 W_SF rw, Hz8 uint16 Hz_SF rw, W8 int16 W_SF rw, Hz9 uint16 Hz_SF \
        rw, W9 int16 W_SF rw, Hz10 uint16 Hz_SF rw, W10 int16 W_SF rw, Hz11 uint16 Hz_SF rw, W11 int16 W_SF rw, Hz12 \
        uint16 Hz_SF rw, W12 int16 W_SF rw, Hz13 uint16 Hz_SF rw, W13 int16 W_SF rw, Hz14 uint16 Hz_SF rw, W14 int16 \
        W_SF rw, Hz15 uint16 Hz_SF rw, W15 int16 W_SF rw, Hz16 uint16 Hz_SF rw, W16 int16 W_SF rw, Hz17 uint16 Hz_SF \
        rw, W17 int16 W_SF rw, Hz18 uint16 Hz_SF rw, W18 int16 W_SF rw, Hz19 uint16 Hz_SF rw, W19 int16 W_SF rw, Hz20 \
        uint16 Hz_SF rw, W20 int16 W_SF rw, CrvNam string:8 rw, RmpPT1Tms uint16 rw, RmpDecTmm uint16 RmpIncDec_SF rw, \
        RmpIncTmm uint16 RmpIncDec_SF rw, RmpRsUp uint16 RmpIncDec_SF rw, SnptW bitfield16 rw, WRef uint16 W_SF rw, \
        WRefStrHz uint16 Hz_SF rw, WRefStopHz uint16 Hz_SF rw, ReadOnly enum16]
        701 DER AC Measurement | ACType enum16, St enum16, InvSt enum16, ConnSt enum16, Alrm bitfield32, DERMode \
        bitfield32, W int16 W_SF, VA int16 VA_SF, Var int16 Var_SF, PF int16 PF_SF, A int16 A_SF, LLV uint16 V_SF, LNV \
        uint16 V_SF, Hz uint32 Hz_SF, TotWhInj uint64 TotWh_SF, TotWhAbs uint64 TotWh_SF, TotVarhInj uint64 \
        TotVarh_SF, TotVarhAbs uint64 TotVarh_SF, TmpAmb int16 Tmp_SF, TmpCab int16 Tmp_SF, TmpSnk int16 Tmp_SF, \
        TmpTrns int16 Tmp_SF, TmpSw int16 Tmp_SF, TmpOt int16 Tmp_SF, WL1 int16 W_SF, VAL1 int16 VA_SF, VarL1 int16 \
        Var_SF, PFL1 int16 PF_SF, AL1 int16 A_SF, VL1L2 uint16 V_SF, VL1 uint16 V_SF, TotWhInjL1 uint64 TotWh_SF, \
        TotWhAbsL1 uint64 TotWh_SF, TotVarhInjL1 uint64 TotVarh_SF, TotVarhAbsL1 uint64 TotVarh_SF, WL2 int16 W_SF, \
        VAL2 int16 VA_SF, VarL2 int16 Var_SF, PFL2 int16 PF_SF, AL2 int16 A_SF, VL2L3 uint16 V_SF, VL2 uint16 V_SF, \
        TotWhInjL2 uint64 TotWh_SF, TotWhAbsL2 uint64 TotWh_SF, TotVarhInjL2 uint64 TotVarh_SF, TotVarhAbsL2 uint64 \
        TotVarh_SF, WL3 int16 W_SF, VAL3 int16 VA_SF, VarL3 int16 Var_SF, PFL3 int16 PF_SF, AL3 int16 A_SF, VL3L1 \
        uint16 V_SF, VL3 uint16 V_SF, TotWhInjL3 uint64 TotWh_SF, TotWhAbsL3 uint64 TotWh_SF, TotVarhInjL3 uint64 \
        TotVarh_SF, TotVarhAbsL3 uint64 TotVarh_SF, ThrotPct uint16, ThrotSrc bitfield32, A_SF sunssf, V_SF sunssf, \
        Hz_SF sunssf, W_SF sunssf, PF_SF sunssf, VA_SF sunssf, Var_SF sunssf, TotWh_SF sunssf, TotVarh_SF sunssf, \
        Tmp_SF sunssf, MnAlrmInfo string:32
        702 DER Capacity | WMaxRtg uint16 W_SF, WOvrExtRtg uint16 W_SF, WOvrExtRtgPF uint16 PF_SF, WUndExtRtg uint16 \
        W_SF, WUndExtRtgPF uint16 PF_SF, VAMaxRtg uint16 VA_SF, VarMaxInjRtg uint16 Var_SF, VarMaxAbsRtg uint16 \
        Var_SF, WChaRteMaxRtg uint16 W_SF, WDisChaRteMaxRtg uint16 W_SF, VAChaRteMaxRtg uint16 VA_SF, \
        VADisChaRteMaxRtg uint16 VA_SF, VNomRtg uint16 V_SF, VMaxRtg uint16 V_SF, VMinRtg uint16 V_SF, AMaxRtg uint16 \
        A_SF, PFOvrExtRtg uint16 PF_SF, PFUndExtRtg uint16 PF_SF, ReactSusceptRtg uint16 S_SF, NorOpCatRtg enum16, \
        AbnOpCatRtg enum16, CtrlModes bitfield32, IntIslandCatRtg bitfield16, WMax uint16 W_SF rw, WMaxOvrExt uint16 \
        W_SF rw, WOvrExtPF uint16 PF_SF rw, WMaxUndExt uint16 W_SF rw, WUndExtPF uint16 PF_SF rw, VAMax uint16 VA_SF \
        rw, VarMaxInj uint16 Var_SF rw, VarMaxAbs uint16 Var_SF rw, WChaRteMax uint16 W_SF rw, WDisChaRteMax uint16 \
        W_SF rw, VAChaRteMax uint16 VA_SF rw, VADisChaRteMax uint16 VA_SF rw, VNom uint16 V_SF rw, VMax uint16 V_SF \
        rw, VMin uint16 V_SF rw, AMax uint16 A_SF rw, PFOvrExt uint16 PF_SF rw, PFUndExt uint16 PF_SF rw, IntIslandCat \
        bitfield16 rw, W_SF sunssf, PF_SF sunssf, VA_SF sunssf, Var_SF sunssf, V_SF sunssf, A_SF sunssf, S_SF sunssf
        703 Enter Service | ES enum16 rw, ESVHi uint16 V_SF rw, ESVLo uint16 V_SF rw, ESHzHi uint32 Hz_SF rw, ESHzLo \
        uint32 Hz_SF rw, ESDlyTms uint32 rw, ESRndTms uint32 rw, ESRmpTms uint32 rw, ESDlyRemTms uint32, V_SF sunssf, \
        Hz_SF sunssf
        704 DER AC Controls | PFWInjEna enum16 rw, PFWInjEnaRvrt enum16 rw, PFWInjRvrtTms uint32 rw, PFWInjRvrtRem \
        uint32, PFWAbsEna enum16 rw, PFWAbsEnaRvrt enum16 rw, PFWAbsRvrtTms uint32 rw, PFWAbsRvrtRem uint32, \
        WMaxLimPctEna enum16 rw, WMaxLimPct uint16 WMaxLimPct_SF rw, WMaxLimPctRvrt uint16 WMaxLimPct_SF rw, \
        WMaxLimPctEnaRvrt enum16 rw, WMaxLimPctRvrtTms uint32 rw, WMaxLimPctRvrtRem uint32, WSetEna enum16 rw, WSetMod \
        enum16 rw, WSet int32 WSet_SF rw, WSetRvrt int32 WSet_SF rw, WSetPct int16 WSetPct_SF rw, WSetPctRvrt int16 \
        WSetPct_SF rw, WSetEnaRvrt enum16 rw, WSetRvrtTms uint32 rw, WSetRvrtRem uint32, VarSetEna enum16 rw, \
        VarSetMod enum16 rw, VarSetPri enum16 rw, VarSet int32 VarSet_SF rw, VarSetRvrt int32 VarSet_SF rw, VarSetPct \
        int16 VarSetPct_SF rw, VarSetPctRvrt int16 VarSetPct_SF rw, VarSetEnaRvrt enum16 rw, VarSetRvrtTms uint32 rw, \
        VarSetRvrtRem uint32, WRmp uint16 rw, WRmpRef enum16 rw, VarRmp uint16 rw, AntiIslEna enum16 rw, PF_SF sunssf, \
        WMaxLimPct_SF sunssf, WSet_SF sunssf, WSetPct_SF sunssf, VarSet_SF sunssf, VarSetPct_SF sunssf [PFWInj 1: PF \
        uint16 PF_SF rw, Ext enum16 rw] [PFWInjRvrt 1: PF uint16 PF_SF rw, Ext enum16 rw] [PFWAbs 1: PF uint16 PF_SF \
        rw, Ext enum16 rw] [PFWAbsRvrt 1: PF uint16 PF_SF rw, Ext enum16 rw]
        711 DER Frequency Droop | Ena enum16 rw, AdptCtlReq uint16 rw, AdptCtlRslt enum16, NCtl uint16, RvrtTms uint32 \
        rw, RvrtRem uint32, RvrtCtl uint16 rw, Db_SF sunssf, K_SF sunssf, RspTms_SF sunssf [Ctl NCtl: DbOf uint32 \
        Db_SF rw, DbUf uint32 Db_SF rw, KOf uint16 K_SF rw, KUf uint16 K_SF rw, RspTms uint32 RspTms_SF rw, PMin int16 \
        rw, ReadOnly enum16]
        713 DER Storage Capacity | WHRtg uint16 WH_SF, WHAvail uint16 WH_SF, SoC uint16 Pct_SF, SoH uint16 Pct_SF, Sta \
        enum16, WH_SF sunssf, Pct_SF sunssf
        714 DER DC Measurement | PrtAlrms bitfield32, NPrt uint16, DCA int16 DCA_SF, DCW int16 DCW_SF, DCWhInj uint64 \
        DCWH_SF, DCWhAbs uint64 DCWH_SF, DCA_SF sunssf, DCV_SF sunssf, DCW_SF sunssf, DCWH_SF sunssf, Tmp_SF sunssf \
        [Prt NPrt: PrtTyp enum16, ID uint16, IDStr string:8, DCA int16 DCA_SF, DCV uint16 DCV_SF, DCW int16 DCW_SF, \
        DCWhInj uint64 DCWH_SF, DCWhAbs uint64 DCWH_SF, Tmp int16 Tmp_SF, DCSta enum16, DCAlrm bitfield32]
        715 DERCtl | LocRemCtl enum16, DERHb uint32, ControllerHb uint32 rw, AlarmReset uint16 rw, OpCtl enum16 rw
        802 Battery Base Model | AHRtg uint16 AHRtg_SF, WHRtg uint16 WHRtg_SF, WChaRteMax uint16 WChaDisChaMax_SF, \
        WDisChaRteMax uint16 WChaDisChaMax_SF, DisChaRte uint16 DisChaRte_SF, SoCMax uint16 SoC_SF, SoCMin uint16 \
        SoC_SF, SocRsvMax uint16 SoC_SF rw, SoCRsvMin uint16 SoC_SF rw, SoC uint16 SoC_SF, DoD uint16 DoD_SF, SoH \
        uint16 SoH_SF, NCyc uint32, ChaSt enum16, LocRemCtl enum16, Hb uint16, CtrlHb uint16 rw, AlmRst uint16 rw, Typ \
        enum16, State enum16, StateVnd enum16, WarrDt uint32, Evt1 bitfield32, Evt2 bitfield32, EvtVnd1 bitfield32, \
        EvtVnd2 bitfield32, V uint16 V_SF, VMax uint16 V_SF, VMin uint16 V_SF, CellVMax uint16 CellV_SF, CellVMaxStr \
        uint16, CellVMaxMod uint16, CellVMin uint16 CellV_SF, CellVMinStr uint16, CellVMinMod uint16, CellVAvg uint16 \
        CellV_SF, A int16 A_SF, AChaMax uint16 AMax_SF, ADisChaMax uint16 AMax_SF, W int16 W_SF, ReqInvState enum16, \
        ReqW int16 W_SF, SetOp enum16 rw, SetInvState enum16 rw, AHRtg_SF sunssf, WHRtg_SF sunssf, WChaDisChaMax_SF \
        sunssf, DisChaRte_SF sunssf, SoC_SF sunssf, DoD_SF sunssf, SoH_SF sunssf, V_SF sunssf, CellV_SF sunssf, A_SF \
        sunssf, AMax_SF sunssf, W_SF sunssf
        """
}
