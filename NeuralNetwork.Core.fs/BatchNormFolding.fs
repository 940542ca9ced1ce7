namespace NeuralNetwork

open NeuralNetwork.Maths
open NeuralNetwork.Plans

/// Batch norms made part of the dense layers before them, for inference: there a batch norm is y = x·factor + shift, feature
/// by feature, and so is z = x·wᵀ + b. The arithmetic is in double precision.
module internal BatchNormFolding =

    /// Which layers stay: all but the batch norms right behind a dense layer or behind another one that goes into it.
    let private staying (layers: Layer list) : int list =
        let goes (behind: bool) (layer: Layer) = behind && layer.IsBatchNorm
        let behind = layers |> List.scan (fun behind layer -> layer.IsDense || goes behind layer) false

        List.zip layers (List.take layers.Length behind)
        |> List.indexed
        |> List.filter (fun (_, (layer, behind)) -> not (goes behind layer))
        |> List.map fst

    /// Parameters with their windows by layer and role.
    type Tensors<'T> = { Parameters: Parameters<'T>; Windows: Map<struct (int * Role), Window> }

    let tensors (parameters: Parameters<'T>) : Tensors<'T> =
        { Parameters = parameters; Windows = Layout.byRole parameters.Windows }

    let private numbers (tensors: Tensors<'T>) (layer: int) (role: Role) : float[] =
        let window = tensors.Windows[struct (layer, role)]
        Array.init window.Length (fun place -> Lane.toFloat (tensors.Parameters.Window(window)[place]))

    /// factor = gamma / √(variance + ε), for each unit.
    let factors (tensors: Tensors<'T>) (index: int, settings: BatchNorm) : float[] =
        let number role = numbers tensors index role
        let root = number Role.RunningVariance |> Array.map (fun variance -> sqrt (variance + settings.Epsilon))
        Array.map2 (/) (number Role.Gamma) root

    /// The factor of each unit and shift = beta - mean·factor.
    let private affine (tensors: Tensors<'T>) (index: int, settings: BatchNorm) : (float * float)[] =
        let number role = numbers tensors index role
        let factors = factors tensors (index, settings)

        let shifts =
            Array.map3
                (fun beta mean factor -> beta - mean * factor)
                (number Role.Beta)
                (number Role.RunningMean)
                factors

        Array.zip factors shifts

    /// The numbers of a window of the new network, whose layer was number `old`, with the batch norms that go into it.
    let private window (tensors: Tensors<'T>) (old: int) (norms: (float * float)[] list) (window: Window) : float[] =
        let isThere = tensors.Windows.ContainsKey(struct (old, window.Role))
        let before = if isThere then numbers tensors old window.Role else Array.zeroCreate<float> window.Length

        let fold place number (norm: (float * float)[]) =
            match window.Role with
            | Role.Weight -> number * fst norm[place / window.Cols]
            | Role.Bias -> number * fst norm[place] + snd norm[place]
            | _ -> number

        before |> Array.mapi (fun place number -> List.fold (fold place) number norms)

    /// The network without the batch norms behind dense layers, and its parameters.
    let batchNorms (network: Network) (parameters: Parameters<'T>) : struct (Network * Parameters<'T>) =
        let layers, staying, tensors = Array.ofList network.Layers, staying network.Layers, tensors parameters
        let folded = { network with Layers = staying |> List.map (fun index -> layers[index]) }
        let fresh = Parameters.zeros<'T> folded

        // Between one layer that stays and the next there are only batch norms that go.
        let norms (old, next) =
            [ for index in old + 1 .. next - 1 do
                  match layers[index] with
                  | Layer.BatchNorm settings -> affine tensors (index, settings)
                  | _ -> () ]

        let sources =
            staying @ [ layers.Length ]
            |> List.pairwise
            |> List.map (fun (old, next) -> old, norms (old, next))
            |> Array.ofList

        let fill (values: 'T[]) (target: Window) =
            let old, norms = sources[target.Layer]

            window tensors old norms target
            |> Array.iteri (fun place number -> values[target.Offset + place] <- Lane.ofFloat<'T> number)

        fresh.Layout.Windows |> List.iter (fill fresh.Values)
        fresh.StatisticsLayout.Windows |> List.iter (fill fresh.Statistics)
        struct (folded, fresh)
