/// The tests as one tree.
module NeuralNetwork.Tests.Program

open System
open Expecto
open NeuralNetwork.Tests.Maths
open NeuralNetwork.Tests.Network
open NeuralNetwork.Tests.Engine
open NeuralNetwork.Tests.Verification
open NeuralNetwork.Tests.Formats
open NeuralNetwork.Tests.Export
open NeuralNetwork.Tests.Measures
open NeuralNetwork.Tests.Pictures
open NeuralNetwork.Tests.Reports
open NeuralNetwork.Tests.Cli

let private maths: Test list =
    [ RandomTests.tests; LaneTests.tests; ScalarTests.tests; TurnTests.tests ]
    @ [ InitializerTests.tests; CatalogueInitializers.tests; ActivationTests.tests ]
    @ [ LossTests.tests; CatalogueLosses.tests; SoftmaxTests.tests ]
    @ [ OptimizerTests.tests; OptimizerTrajectoryTests.tests; OptimizerMinimaTests.tests ]
    @ [ OptimizerIdentityTests.tests; AdamFamilyTests.tests; OptimizerPlanTests.tests ]
    @ [ OptimizerNameTests.tests; OptimizerFaceTests.tests; OptimizerFormulaTests.tests ]
    @ [ ScheduleTests.tests; CatalogueSchedules.tests; NamingTests.tests ]

let private engine: Test list =
    [ SweepTests.tests
      TeamTests.tests
      GatherTests.tests
      DropoutTests.tests
      MaskTests.tests
      ShardTests.tests ]
    @ [ BackendTests.tests; BatchNormTests.tests; BatchNormInferenceTests.tests; GemmTests.tests ]
    @ [ GemmAlgebraTests.tests; RegisterTests.tests; SpeedTests.tests ]

let private fit: Test list =
    [ Fit.FitTests.tests
      Fit.RefusalTests.tests
      Fit.FitStateTests.tests
      Fit.ResumeTests.tests
      Fit.RankTests.tests
      Fit.AveragingTests.tests ]
    @ [ Fit.ValueScoreTests.tests
        Fit.BaselineTests.tests
        Fit.FoldTests.tests
        Data.SplitTests.tests
        BootstrapTests.tests
        RankEffectTests.tests ]
    @ [ Fit.WeightTests.tests
        Fit.TemperatureTests.tests
        Fit.MarginTests.tests
        Fit.ThresholdTests.tests
        Fit.ParzenTests.tests
        Fit.SoundEpochTests.tests ]
    @ [ Fit.TraceTests.tests
        Fit.WindowTests.tests
        Fit.ForensicsTests.tests
        Fit.GradientNoiseTests.tests ]
    @ [ Fit.SymptomTests.tests ]

let private verification: Test list =
    [ DualTests.tests; ReferenceTests.tests; ComplexStepTests.tests; GradientCheckTests.tests ]
    @ [ MutantTests.tests ]

let private formats: Test list =
    [ SafetensorsTests.tests; ChecksumTests.tests; ModelFileTests.tests; LimitTests.tests ]
    @ [ ChangedFileTests.tests; CheckpointTests.tests; IdxTests.tests; NpyTests.tests ]
    @ [ OnnxTests.tests; OnnxRuntimeTests.tests; EnsembleExportTests.tests; StateDictTests.tests ]
    @ [ StartingPointTests.tests; CSharpSourceTests.tests ]

let private face: Test list =
    [ TextTests.tests; GradientTests.tests; GradientIdentities.tests; ModelTests.tests ]
    @ [ FoldTests.tests; EnsembleTests.tests; PeriodicTests.tests; PredictorTests.tests ]
    @ [ RowTests.tests; TableTests.tests; DateTests.tests; TrainerTests.tests; TrainerGuardTests.tests ]
    @ [ RawRowTests.tests; OnlineLearnerTests.tests; EmbeddingTests.tests; ArgumentTests.tests ]
    @ [ ArgumentWalkTests.tests
        FaceTests.tests
        FaceTextTests.tests
        MetricsTests.tests
        AttributionTests.tests ]
    @ [ SurfaceTests.tests; PublicFaceTests.tests; ArchitecturePageTests.tests; SampleTests.tests ]
    @ [ SnippetTests.tests; DigitServerTests.tests; JsonTests.tests; ModelSourceTests.tests ]
    @ [ HotSwapTests.tests; ChurnServerTests.tests ]

let private data: Test list =
    [ BadCsvTests.tests; BadPackedTests.tests; BadArrayTests.tests; BadIdxTests.tests ]
    @ [ SpecialFileTests.tests; SourceTests.tests; CsvTests.tests; Cli.SplitTests.tests ]
    @ [ TableFormatTests.tests; TableSurroundingTests.tests; NotationTests.tests ]
    @ [ ClassNameTests.tests; ColumnTests.tests; MissingCellTests.tests; InspectTests.tests ]
    @ [ AgreementTests.tests; RowByNameTests.tests; DateColumnTests.tests; OutlierTests.tests ]
    @ [ StandardizerTests.tests; TableFileTests.tests; ArrowTests.tests; TablePipelineTests.tests ]
    @ [ TablePresetTests.tests
        TableFaceTests.tests
        SeveralTargetTests.tests
        FourAnswerTests.tests
        DownloadTests.tests
        RunLengthTests.tests ]

let private runs: Test list =
    [ RunTests.tests; FoldRunTests.tests; EndingTests.tests; Cli.ResumeTests.tests ]
    @ [ InterruptionTests.tests ]
    @ [ LockTests.tests; VerifyTests.tests; FaultTests.tests; FetchKillTests.tests; PackKillTests.tests ]
    @ [ StreamTests.tests; LeftOverTests.tests; InitMatchTests.tests; KeepTests.tests ]
    @ [ MendTests.tests; OwnFileTests.tests; WorkingFolderTests.tests; WindowsTests.tests ]
    @ [ EngineChoiceTests.tests; SameBytesTests.tests; MpiTests.tests ]

let private commands: Test list =
    [ AnswerTests.tests; DocumentTests.tests; InterchangeTests.tests; MutationTests.tests ]
    @ [ ChangedModelTests.tests; MistakeTests.tests; TrainOptionTests.tests; VisibleTextTests.tests ]
    @ [ NewcomerTests.tests; FirstLookTests.tests; GradcheckTests.tests; ConfigTests.tests ]
    @ [ CompletionTests.tests
        RunsTests.tests
        ExplainTests.tests
        ExplainModelTests.tests
        ServeTests.tests
        RateSearchTests.tests
        ReportTests.tests
        RoomTests.tests
        IntervalTests.tests
        Cli.ThresholdTests.tests
        Cli.WeightTests.tests
        Cli.PackTests.tests
        LargePredictionTests.tests
        TrendTests.tests ]

let private studies: Test list =
    [ CompareTests.tests; CompareResumeTests.tests; ComparisonTalkTests.tests; StudyTests.tests ]
    @ [ StudyDataTests.tests; StudyRecordTests.tests; StudyForceTests.tests; SearchTests.tests ]
    @ [ SearchResumeTests.tests
        HalvingTests.tests
        JobsTests.tests
        SamplerTests.tests
        JoinTests.tests ]
    @ [ StudyInterruptionTests.tests; HparamsTests.tests ]

let private house: Test list =
    [ group "Maths" maths
      group "Network" [ LayoutTests.tests; PlanTests.tests ]
      group "Engine" engine
      group "Fit" fit
      group "Verification" verification
      group "Formats" formats
      group "Face" face
      group "Pictures" [ ChartTests.tests; LinePictureTests.tests; PictureTests.tests; DiagonalTests.tests ]
      group "Reports" [ ReportPageTests.tests; TextPlotTests.tests ]
      group "Cli" [ group "Data" data; group "Runs" runs; group "Commands" commands; group "Studies" studies ] ]

/// Minutes and hours: what runs when somebody asks for it with --deep.
let private sweeps: Test list =
    [ ActivationSweep.deep; PredictorTests.deep; HotSwapTests.deep; OnlineLearnerTests.deep ]
    @ [ ChangedFileTests.deep; ServeTests.deep ]
    @ [ TableFileTests.deep; MutationTests.deep; ChangedModelTests.deep ]

let private deep: Test = group "Deep" sweeps

let private everyday: Test =
    let house = house @ [ HarnessTests.tests house ]
    group "NeuralNetwork" (house @ [ PropertyListTests.tests (house @ [ deep ]) ])

[<EntryPoint>]
let main arguments =
    // An emulated nn takes several times as long.
    let minutes = if Elsewhere.program.IsSome then 30.0 else 5.0

    Running.main
        { Tests = everyday; Patience = TimeSpan.FromMinutes minutes }
        { Tests = deep; Patience = TimeSpan.FromHours 6.0 }
        arguments
