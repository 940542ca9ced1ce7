namespace NeuralNetwork.Plans

open System
open NeuralNetwork
open NeuralNetwork.Maths

/// What each layer and each loss does, as the mathematics says it: one operation per formula, every intermediate result in
/// memory of its own.
module internal Stages =

    /// What one layer does: from x to y in training and at inference, and from the gradient of y to that of x going back.
    /// The prelude is what inference computes once, whatever the rows. The response is the way back at inference, where a
    /// batch norm and a dropout are linear; it is given zeros to read, as many as the widest layer has units.
    type Stage =
        { Forward: Op list
          Prelude: Op list
          Inference: Op list
          Backward: Slice -> Slice -> Op list
          Response: Slice -> Slice -> Slice -> Op list
          X: Slice }

    /// A vector of tensors: its layout, where it lies, and its windows by layer and role.
    type Region = { Layout: Layout; Slice: Slice; Windows: Map<struct (int * Role), Window> }

    let region (layout: Layout) (slice: Slice) : Region =
        { Layout = layout; Slice = slice; Windows = Layout.byRole layout.Windows }

    /// What every layer is compiled with.
    type Context =
        {
            /// The greatest number of rows at once.
            Batch: int
            Members: int
            Seed: uint64
            Parameters: Region
            Gradient: Region
            Statistics: Region
            /// Of how many shards statistics are kept; 1 where a batch is not cut.
            Shards: int
            /// Where they are: as the running statistics, with a row for each shard.
            ShardStatistics: Slice
        }

    /// Rows x cols numbers from `next` on, and where the next slice begins. ArgumentException where memory ends.
    let slice name role rows cols batched (next: int64) =
        let after = Layout.align (next + int64 rows * int64 cols)

        if after > int64 Array.MaxLength then
            raise (ArgumentException $"{name} needs {rows} x {cols} numbers: the plan does not fit one block of memory")

        { Name = name; Offset = int next; Rows = rows; Cols = cols; Batched = batched; Role = role }, after

    /// The symbol of a tensor in formulas.
    let letter (role: Role) =
        match role with
        | Role.Weight -> "w"
        | Role.Bias -> "b"
        | Role.Frequency -> "f"
        | Role.Phase -> "phi"
        | Role.Slope -> "a"
        | Role.Gamma -> "gamma"
        | Role.Beta -> "beta"
        | Role.RunningMean -> "mean"
        | Role.RunningVariance -> "variance"

    /// The slice of a window in the region of all windows.
    let within (prefix: string) (region: Slice) (window: Window) =
        { Name = $"{prefix}{letter window.Role}{window.Layer}"
          Offset = region.Offset + window.Offset
          Rows = window.Rows
          Cols = window.Cols
          Batched = false
          Role = region.Role }

    /// The window of a layer in a region, if the layer has one.
    let private find prefix (region: Region) (layer: int) (role: Role) =
        region.Windows.TryFind(struct (layer, role)) |> Option.map (within prefix region.Slice)

    let private multiply groups a transposeA b transposeB c =
        Op.Multiply
            { Groups = groups
              A = a
              TransposeA = transposeA
              B = b
              TransposeB = transposeB
              C = c
              Tail = [] }

    let private dense context index x z =
        let w, gw =
            (find "" context.Parameters index Role.Weight).Value, (find "g" context.Gradient index Role.Weight).Value

        let bias = find "" context.Parameters index Role.Bias |> Option.toList
        let biasGradient = find "g" context.Gradient index Role.Bias |> Option.toList
        let multiply = multiply context.Members
        // z = x·wᵀ + b
        let forward = multiply x false w true z :: [ for b in bias -> Op.AddBias(b, z) ]

        { Forward = forward
          Prelude = []
          Inference = forward
          Backward =
            fun gz gx ->
                [ multiply gz true x false gw // gw = gzᵀ·x
                  for gb in biasGradient do
                      Op.SumRows(gz, gb) // gb = Σ rows of gz
                  multiply gz false w false gx ] // gx = gz·w
          Response = fun _ gz gx -> [ multiply gz false w false gx ]
          X = x }

    let private activate f x y =
        { Forward = [ Op.Activate(f, x, y) ]
          Prelude = []
          Inference = [ Op.Activate(f, x, y) ]
          Backward = fun gy gx -> [ Op.ActivateGradient(f, x, y, gy, gx) ]
          Response = fun _ gy gx -> [ Op.ActivateGradient(f, x, y, gy, gx) ]
          X = x }

    let private prelu context index x y =
        let a, ga =
            (find "" context.Parameters index Role.Slope).Value, (find "g" context.Gradient index Role.Slope).Value

        { Forward = [ Op.PReLU(a, x, y) ]
          Prelude = []
          Inference = [ Op.PReLU(a, x, y) ]
          Backward = fun gy gx -> [ Op.PReLUSums(x, gy, ga); Op.PReLUGradient(a, x, gy, gx) ]
          Response = fun _ gy gx -> [ Op.PReLUGradient(a, x, gy, gx) ]
          X = x }

    let private periodic context settings index x y =
        let waves prefix region : Waves =
            let tensor role = (find prefix region index role).Value

            { Frequency = tensor Role.Frequency
              Phase = tensor Role.Phase
              Weight = tensor Role.Weight
              Bias = tensor Role.Bias }

        let tensors, gradients = waves "" context.Parameters, waves "g" context.Gradient

        { Forward = [ Op.Periodic(settings, tensors, x, y) ]
          Prelude = []
          Inference = [ Op.Periodic(settings, tensors, x, y) ]
          Backward =
            fun gy gx ->
                [ Op.PeriodicSums(settings, tensors, x, gy, gradients)
                  Op.PeriodicGradient(settings, tensors, x, gy, gx) ]
          Response = fun _ gy gx -> [ Op.PeriodicGradient(settings, tensors, x, gy, gx) ]
          X = x }

    let private softmax context x y =
        { Forward = [ Op.Softmax(context.Members, x, y) ]
          Prelude = []
          Inference = [ Op.Softmax(context.Members, x, y) ]
          Backward = fun gy gx -> [ Op.SoftmaxGradient(context.Members, y, gy, gx) ]
          Response = fun _ gy gx -> [ Op.SoftmaxGradient(context.Members, y, gy, gx) ]
          X = x }

    let private dropout context rate index x y =
        let mask x y = Op.Dropout(rate, context.Seed, index, context.Members, x, y)

        { Forward = [ mask x y ]
          Prelude = []
          Inference = [ Op.Activate(Activation.Identity, x, y) ]
          Backward = fun gy gx -> [ mask gy gx ]
          Response = fun _ gy gx -> [ Op.Activate(Activation.Identity, gy, gx) ]
          X = x }

    /// The statistics of a layer in each shard, shards x features.
    let private ofShards context (index: int) (role: Role) : Slice =
        let window = context.Statistics.Windows[struct (index, role)]
        let slice = within "shard_" context.ShardStatistics window

        { slice with
            Offset = context.ShardStatistics.Offset + context.Shards * window.Offset
            Rows = context.Shards
            Cols = window.Length }

    /// What moves the running statistics of every batch norm once a step where a batch is cut into shards.
    let averages context (network: Network) : Op list =
        let running index role = (find "running_" context.Statistics index role).Value

        [ for index, _, layer in Network.walk network do
              match layer with
              | Layer.BatchNorm settings when context.Shards > 1 ->
                  let mean, variance = Role.RunningMean, Role.RunningVariance
                  let means, variances = ofShards context index mean, ofShards context index variance
                  Op.AverageStatistics(settings, means, variances, running index mean, running index variance)
              | _ -> () ]

    let private batchNorm context settings index (x: Slice) (y: Slice) next =
        let mean, next = slice $"mean{index}" (SliceRole.Result("mean", index)) 1 x.Cols false next
        let scale, next = slice $"scale{index}" (SliceRole.Result("scale", index)) 1 x.Cols false next
        let parameter prefix region role = (find prefix region index role).Value
        let runningMean = parameter "running_" context.Statistics Role.RunningMean
        let runningVariance = parameter "running_" context.Statistics Role.RunningVariance

        let training: Normalized =
            { Mean = mean
              Scale = scale
              Gamma = parameter "" context.Parameters Role.Gamma
              Beta = parameter "" context.Parameters Role.Beta }

        let ggamma, gbeta = parameter "g" context.Gradient Role.Gamma, parameter "g" context.Gradient Role.Beta

        let statistics =
            if context.Shards = 1 then
                Op.BatchStatistics(settings, x, mean, scale, runningMean, runningVariance, [])
            else
                let means, variances =
                    ofShards context index Role.RunningMean, ofShards context index Role.RunningVariance

                Op.ShardStatistics(settings, x, mean, scale, means, variances, [])

        { Forward = [ statistics; Op.Normalize(training, x, y) ]
          Prelude = [ Op.InverseDeviation(settings, runningVariance, scale) ]
          Inference = [ Op.Normalize({ training with Mean = runningMean }, x, y) ]
          Backward =
            fun gy gx ->
                [ Op.NormalizeSums(training, x, gy, ggamma, gbeta, [])
                  Op.NormalizeGradient(training, x, gy, ggamma, gbeta, gx) ]
          // gx = gamma·gy / √(variance + ε): what inference does to y, without mean and beta
          Response =
            fun zeros gy gx ->
                let zeros = { zeros with Cols = x.Cols }
                [ Op.Normalize({ training with Mean = zeros; Beta = zeros }, gy, gx) ]
          X = x },
        next

    /// The stage of a layer on what comes out of the one before it.
    let stage context (x: Slice, next) (index, _, layer: Layer) =
        let symbol = if layer.IsDense then "z" else "y"

        let y, next =
            slice
                $"{symbol}{index}"
                (SliceRole.Result(symbol, index))
                context.Batch
                (context.Members * Network.width (x.Cols / context.Members) layer)
                true
                next

        match layer with
        | Layer.Dense _ -> dense context index x y, (y, next)
        | Layer.Activate f -> activate f x y, (y, next)
        | Layer.PReLU _ -> prelu context index x y, (y, next)
        | Layer.Periodic settings -> periodic context settings index x y, (y, next)
        | Layer.Softmax -> softmax context x y, (y, next)
        | Layer.Dropout rate -> dropout context rate index x y, (y, next)
        | Layer.BatchNorm settings ->
            let stage, next = batchNorm context settings index x y next
            stage, (y, next)

    /// From the last result to the losses of the rows, one for each member, and its own gradient.
    let lossOps loss (z: Slice) t (losses: Slice) gz next =
        let crossEntropy smoothing =
            let members = losses.Cols
            let role = SliceRole.Result("p", z.Role.Layer)
            let p, next = slice "p" role z.Rows z.Cols true next
            let gp, next = slice "gp" (SliceRole.Gradient role) z.Rows z.Cols true next

            [ Op.Softmax(members, z, p)
              Op.CrossEntropy(smoothing, p, t, losses, gp)
              Op.SoftmaxGradient(members, p, gp, gz) ],
            next

        match loss with
        | Loss.SoftmaxCrossEntropy -> crossEntropy 0.0
        | Loss.SmoothedCrossEntropy smoothing -> crossEntropy smoothing
        | elementwise -> [ Op.Loss(elementwise, z, t, losses, gz) ], next

    /// From the last result to what is predicted, for each of so many members.
    let outputOpOf members loss z p =
        match Loss.output loss with
        | Output.Linear -> Op.Activate(Activation.Identity, z, p)
        | Output.Sigmoid -> Op.Activate(Activation.Sigmoid, z, p)
        | Output.Softmax -> Op.Softmax(members, z, p)
        | Output.Exponential -> Op.Activate(Activation.Exponential, z, p)

    /// From the last result to what is predicted.
    let outputOp loss z p = outputOpOf 1 loss z p

    /// From a direction v in what is predicted to gz, for each of so many members.
    let outputGradientOp members loss z p v gz =
        match Loss.output loss with
        | Output.Linear -> Op.Activate(Activation.Identity, v, gz)
        | Output.Sigmoid -> Op.ActivateGradient(Activation.Sigmoid, z, p, v, gz)
        | Output.Softmax -> Op.SoftmaxGradient(members, p, v, gz)
        | Output.Exponential -> Op.ActivateGradient(Activation.Exponential, z, p, v, gz)
