namespace NeuralNetwork.Maths

/// What a reader wants to know of the initializers. "inputs" are those of a unit, "units" those of the layer.
module internal InitializerNotes =

    let private he = "He, Zhang, Ren and Sun 2015, Delving Deep into Rectifiers"
    let private glorot = "Glorot and Bengio 2010, Understanding the Difficulty of Training Deep Networks"
    let private lecun = "LeCun, Bottou, Orr and Müller 1998, Efficient BackProp"

    let private normals =
        "Untruncated in PyTorch. Keras since 2.2 and JAX cut at two deviations and widen the distribution in return; Keras up to 2.1.6, which is keras2, cut without that. --convention chooses; truncated-… and uncorrected-truncated-… name them."

    /// What a reader wants to know of the choice by the activation behind a layer.
    let automatic: FormulaNote =
        { Name = "auto"
          Idea = "For each layer the initializer that suits the activation behind it."
          Formula =
            [ "rectifiers and their relatives: he-normal, cut as --convention says"
              "selu: lecun-normal, likewise"
              "all others: glorot-uniform" ]
          Source = "the papers of the three, which derive them for these activations"
          Differences =
            [ "PyTorch's Linear begins with `torch`, Keras's Dense with glorot-uniform, whatever the activation." ] }

    let private plainNotes: FormulaNote list =
        [ { Name = "he-normal"
            Idea = "Keeps the variance of what ReLU lets through."
            Formula = [ "w ~ N(0, 2 / inputs)" ]
            Source = he
            Differences = [ normals ] }
          { Name = "he-uniform"
            Idea = "The same, uniform."
            Formula = [ "w ~ U(-b, b), b = √(6 / inputs)" ]
            Source = he
            Differences = [ "The same everywhere." ] }
          { Name = "glorot-normal"
            Idea = "A compromise between variances forward and backward."
            Formula = [ "w ~ N(0, 2 / (inputs + units))" ]
            Source = glorot
            Differences = [ normals ] }
          { Name = "glorot-uniform"
            Idea = "The same, uniform: the default of Keras and Flux."
            Formula = [ "w ~ U(-b, b), b = √(6 / (inputs + units))" ]
            Source = glorot
            Differences = [ "scikit-learn has it with 2 in place of 6 for the sigmoid, and draws biases, too." ] }
          { Name = "lecun-normal"
            Idea = "Keeps the variance of linear units, and of SELU."
            Formula = [ "w ~ N(0, 1 / inputs)" ]
            Source = lecun
            Differences = [ normals ] }
          { Name = "lecun-uniform"
            Idea = "The same, uniform."
            Formula = [ "w ~ U(-b, b), b = √(3 / inputs)" ]
            Source = lecun
            Differences = [ "The same everywhere." ] }
          { Name = "orthogonal"
            Idea = "A random rotation: lengths are kept exactly."
            Formula = [ "w·wᵀ = gain²·1 (wᵀ·w, if units > inputs)" ]
            Source = "Saxe, McClelland and Ganguli 2013, Exact Solutions to the Nonlinear Dynamics of Learning"
            Differences = [ "gain = 1 in PyTorch and Keras; orthogonal:1.4 has another." ] }
          { Name = "torch"
            Idea = "The default of PyTorch's Linear, for weights and biases."
            Formula = [ "w, b ~ U(-c, c), c = 1 / √inputs" ]
            Source = "PyTorch: kaiming_uniform_ with a = √5"
            Differences = [ "A third of LeCun's variance; every other framework begins with biases of 0." ] }
          { Name = "uniform"
            Idea = "U(-b, b) whatever the size of the layer."
            Formula = [ "w ~ U(-b, b)" ]
            Source = "Keras's RandomUniform"
            Differences = [ "b = 0.05." ] }
          { Name = "normal"
            Idea = "N(0, σ²) whatever the size of the layer."
            Formula = [ "w ~ N(0, σ²)" ]
            Source = "Keras's RandomNormal"
            Differences = [ "σ = 0.05." ] }
          { Name = "zeros"
            Idea = "All alike for ever: shows why weights begin random."
            Formula = [ "w = 0" ]
            Source = "-"
            Differences = [ "The same everywhere." ] } ]

    /// Of the forms that exist with a number only.
    let private numberedNotes: FormulaNote list =
        [ { Name = "constant:0.1"
            Idea = "The same number everywhere."
            Formula = [ "w = the number" ]
            Source = "-"
            Differences = [ "The same in every framework." ] }
          { Name = "scaled-in-normal:2"
            Idea = "Variance gain / fan, the fan being the inputs (in) or the mean of inputs and units (average)."
            Formula = [ "variance of w = gain / fan" ]
            Source = "Keras's VarianceScaling"
            Differences =
              [ "He's is gain 2 with fan in, Glorot's gain 1 with the average, LeCun's gain 1 with fan in."
                normals ] } ]

    let private cutNotes (note: FormulaNote) : FormulaNote list =
        let cut prefix idea after difference =
            { note with
                Name = $"{prefix}-{note.Name}"
                Idea = idea
                Formula = [ $"{note.Formula.Head} of a normal distribution cut at ±2 deviations"; after ]
                Differences = [ difference ] }

        [ cut
              "truncated"
              "Cut at two deviations, and widened to keep the variance."
              "whose own deviation is divided by 0.87962566103423978"
              "Keras since 2.2, JAX."
          cut
              "uncorrected-truncated"
              "Cut at two deviations, which leaves 0.88 of the deviation."
              "with nothing done about it"
              "Keras up to 2.1; PyTorch's trunc_normal_ does not correct either." ]

    /// What a reader wants to know of every initializer, in the order of the documentation.
    let all: FormulaNote list =
        let isFanNormal (note: FormulaNote) = note.Name.EndsWith("-normal", System.StringComparison.Ordinal)
        plainNotes @ List.collect cutNotes (List.filter isFanNormal plainNotes) @ numberedNotes

    /// What a reader wants to know of the initializer of a name, with that name.
    let note (name: string) : FormulaNote =
        let word (text: string) = fst (Text.split text)
        let family (text: string) = (word text).Split('-')[0]

        // Those with a gain of the user's own share a note.
        let found =
            match List.tryFind (fun (note: FormulaNote) -> word note.Name = word name) all with
            | Some note -> note
            | None -> all |> List.find (fun note -> family note.Name = family name)

        { found with Name = name }
