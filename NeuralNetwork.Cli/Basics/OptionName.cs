namespace NeuralNetwork.Cli.Basics;

/// <summary>The options of a training by their names: what an error, a record or a report calls them.</summary>
internal static class OptionName
{
    public const string Out = "--out";
    public const string Resume = "--resume";
    public const string Join = "--join";
    public const string Preset = "--preset";

    public const string Target = "--target";
    public const string Task = "--task";
    public const string Ignore = "--ignore";
    public const string Categorical = "--categorical";
    public const string Missing = "--missing";
    public const string Dates = "--dates";
    public const string Group = "--group";
    public const string Weights = "--weights";
    public const string Time = "--time";
    public const string Unseen = "--unseen";
    public const string Rare = "--rare";
    public const string Standardize = "--standardize";
    public const string Test = "--test";

    public const string Format = "--format";
    public const string IndexBase = "--index-base";
    public const string Separator = "--separator";
    public const string Header = "--header";
    public const string Skip = "--skip";
    public const string SkipLast = "--skip-last";
    public const string Comment = "--comment";
    public const string Quote = "--quote";
    public const string Encoding = "--encoding";
    public const string Decimal = "--decimal";
    public const string Thousands = "--thousands";
    public const string MissingWords = "--missing-words";

    public const string Hidden = "--hidden";
    public const string Activation = "--activation";
    public const string BatchNorm = "--batch-norm";
    public const string BatchNormPosition = $"{BatchNorm}-position";
    public const string BatchNormDecay = $"{BatchNorm}-decay";
    public const string BatchNormEpsilon = $"{BatchNorm}-epsilon";
    public const string BatchNormVariance = $"{BatchNorm}-variance";
    public const string Embedding = "--embedding";
    public const string EmbeddingWaves = $"{Embedding}-waves";
    public const string EmbeddingMixtures = $"{Embedding}-mixtures";
    public const string EmbeddingScale = $"{Embedding}-scale";
    public const string Dropout = "--dropout";
    public const string InputDropout = "--input-dropout";
    public const string Init = "--init";
    public const string OutputInit = "--output-init";
    public const string Members = "--members";
    public const string Output = "--output";
    public const string Loss = "--loss";
    public const string LabelSmoothing = "--label-smoothing";
    public const string InitFrom = "--init-from";
    public const string InitMatch = "--init-match";
    public const string Precision = "--precision";

    public const string Optimizer = "--optimizer";
    public const string Convention = "--convention";
    public const string WeightDecay = "--weight-decay";
    public const string LearningRate = "--learning-rate";
    public const string Schedule = "--schedule";
    public const string Warmup = "--warmup";
    public const string L1 = "--l1";
    public const string L2 = "--l2";
    public const string ClipNorm = "--clip-norm";
    public const string ClipGlobalNorm = "--clip-global-norm";
    public const string ClipValue = "--clip-value";
    public const string MaxNorm = "--max-norm";

    public const string Epochs = "--epochs";
    public const string Steps = "--steps";
    public const string BatchSize = "--batch-size";
    public const string Shards = "--shards";
    public const string Shuffle = "--shuffle";
    public const string Window = "--window";
    public const string Seed = "--seed";
    public const string Validation = "--validation";
    public const string Folds = "--folds";
    public const string Fold = "--fold";
    public const string TrainRows = "--train-rows";
    public const string GradientNoise = "--gradient-noise";
    public const string EarlyStopping = "--early-stopping";
    public const string Best = "--best";
    public const string Calibrate = "--calibrate";
    public const string Interval = "--interval";
    public const string Threshold = "--threshold";
    public const string Average = "--average";
    public const string ClassWeights = "--class-weights";

    public const string CheckpointEvery = "--checkpoint-every";
    public const string TensorBoard = "--tensorboard";
    public const string Threads = "--threads";
    public const string Blas = "--blas";
    public const string Mpi = "--mpi";
    public const string Stall = "--stall";

    /// <summary>How an option is called in a file.</summary>
    public static string FieldOf(string name) => name.TrimStart('-').Replace('-', '_');

    /// <summary>The option of a name in a file.</summary>
    public static string Of(string field) => $"--{field.Replace('_', '-')}";
}
