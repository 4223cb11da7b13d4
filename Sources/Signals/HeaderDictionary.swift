extension SignalInfo {
  /// A raw-content dictionary for zstd: what `serialized()` gives for typical records, the likeliest last, with invented values.
  ///
  /// The words are those that WFDB databases use: lead names, the labels of PhysioNet's comments, and the SNOMED CT codes of ECG findings. The bytes
  /// are part of the .aec format and never change.
  public static let compressionDictionary = Array(
    """
    age: 61
    sex: female
    ECG date: 21/06/1991
    Diagnose:
    Reason for admission: Healthy control
    Acute infarction (localization): infero-lateral
    Former infarction (localization): no
    Additional diagnoses: Arterial hypertension
    Smoker: no
    Number of coronary vessels involved: 2
    Infarction date (acute): n/a
    Previous infarction (1) date: n/a
    Previous infarction (2) date: n/a
    Hemodynamics:
    Catheterization date: n/a
    Ventriculography: Akinesia inferior wall
    Chest X-ray: Heart size normal
    Peripheral blood Pressure (syst/diast):  120/80 mmHg
    Pulmonary artery pressure (at rest) (syst/diast): n/a
    Pulmonary artery pressure (at rest) (mean): n/a
    Pulmonary capillary wedge pressure (load): n/a
    Cardiac output (at rest): n/a
    Cardiac index (load): n/a
    Stroke volume index (load): n/a
    Left coronary artery stenoses (RIVA): No stenoses
    Echocardiography: n/a
    Therapy:
    Medication after discharge:
    Produced by xform from record 1, beginning at 0:30:00.000
    Recorder type: Holter
    non atrial fibrillation
    persistent atrial fibrillation
    Bradycardia
    Tachycardia
    Asystole
    Ventricular_Flutter_Fib
    Ventricular_Tachycardia
    True alarm
    False alarm
    39732003,47665007,10370003,17338001,251146004,365413008,164947007,164931005,429622005,445118002,413844008,164909002,270492004,\
    164890007,164889003,164884008,713427006,713426002,59118001,67741000119109,427393009,55827005,426627000,251187003,89792004,\
    446358003,164930006,164917005,164873001,111975006,59931005,253352002,164865005,698252002,55930002,428750005,427172004,164867002,\
    164934002,284470004,427084000,426177001,426783006
    <age>: 60
    <sex>: F
    <diagnoses>:
    Rhythm: Atrial fibrillation.
    Rhythm: Sinus tachycardia.
    Rhythm: Sinus bradycardia.
    Rhythm: Sinus rhythm.
    Electric axis of the heart: vertical.
    Electric axis of the heart: horizontal.
    Electric axis of the heart: left axis deviation.
    Electric axis of the heart: normal.
    Incomplete right bundle branch block.
    Complete left bundle branch block.
    Left anterior hemiblock.
    Ventricular extrasystole, type: single PVC.
    Ventricular extrasystole, localisation: LVOT.
    Left atrial overload.
    Left atrial hypertrophy.
    Left ventricular hypertrophy.
    Ischemia: lateral wall.
    Scar formation: inferior wall.
    Non-specific repolarization abnormalities: anterior wall.
    4 1000 60000
    AECG1
    AECG2
    3 250 75000 10:00:00 01/01/2014
    /NU PLETH
    /mmHg ABP
    1 500 5000
    ~ 16 .dat 0 0 0\tECG
    2 125 75000 12:00:00.000
     /mV 80 .dat 8 0 0\tMCL1
    2 200 24000
    2 128 7680 20:00:00
    (0) /mV 16 .dat 12 0 0\tECG0
    ECG1
    ECG
    2 250 150000
    200 /mV 212 .dat 12 0 0\tECG1
    mod.V1
    2 360 650000
    200 ~ 212 .dat 11 1024 0\tMLII
    V5
    12 1000 30000
    2000 ~ 16 .dat 16 0 0\ti
    ii
    iii
    avr
    avl
    avf
    v1
    v2
    v3
    v4
    v5
    v6
    12 500 6000
    12 100 1200
    1000.0(0) /mV 16 .dat 16 0 0\tI
    12 500 5000
    1000 /mV 16+24 .mat 16 0 0\tI
    II
    III
    aVR
    aVF
    aVL
    V1
    12 500 5000
    1000.0(0) /mV 16x1+24 .mat 16 0 0\tI
    II
    III
    aVR
    aVL
    aVF
    V1
    V2
    V3
    V4
    V5
    V6
    Age: 60
    Sex: F
    Dx: 426783006
    Rx: Unknown
    Hx: Unknown
    Sx: Unknown
     Age: 60
     Sex: Female
     Sex: Male
     Dx: 426783006
     Rx: Unknown
     Hx: Unknown
     Sx: Unknown

    """.utf8)
}
