namespace NeuralNetwork.Export

open NeuralNetwork
open NeuralNetwork.Formats
open NeuralNetwork.Maths

/// The activations in C#, on a double z.
module internal CSharpFormula =

    let private softplus = "Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z)))"
    let private elu (right: string) (left: string) = $"z > 0 ? {right}z : {left}(Math.Exp(z) - 1)"

    /// A number as a double, whole ones with their point.
    let number (x: float) : string =
        let text = Text.number x
        if text.IndexOfAny [| '.'; 'E'; 'N'; 'I' |] < 0 then text + ".0" else text

    /// A number of each unit, out of an array that has those of all members.
    let ofUnit (members: int) (name: string) (width: int) : string =
        if members = 1 then $"{name}[unit]" else $"{name}[member * {width} + unit]"

    /// As many numbers of an array as a member has.
    let ofMember (members: int) (name: string) (count: int) : string =
        if members = 1 then name else $"{name}.AsSpan(member * {count}, {count})"

    /// f(z); None where z stays as it is.
    let activation (activation: Activation) : string option =
        match activation with
        | Activation.Identity -> None
        | Activation.ReLU -> Some "Math.Max(z, 0)"
        | Activation.LeakyReLU slope -> Some $"z > 0 ? z : {number slope} * z"
        | Activation.ELU alpha -> Some(elu "" $"{number alpha} * ")
        | Activation.SELU -> Some(elu $"{number Elementary.SeluRight} * " $"{number Elementary.SeluLeft} * ")
        | Activation.GELU -> Some "0.5 * z * (1 + Erf(z / Math.Sqrt(2)))"
        | Activation.GELUTanh -> Some "0.5 * z * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z)))"
        | Activation.SiLU -> Some "z / (1 + Math.Exp(-z))"
        | Activation.Mish -> Some $"z * Math.Tanh({softplus})"
        | Activation.Softplus -> Some softplus
        | Activation.Softsign -> Some "z / (1 + Math.Abs(z))"
        | Activation.Tanh -> Some "Math.Tanh(z)"
        | Activation.Sigmoid -> Some "1 / (1 + Math.Exp(-z))"
        | Activation.HardSigmoid -> Some "Math.Clamp(z + 3, 0, 6) / 6"
        | Activation.HardTanh -> Some "Math.Clamp(z, -1, 1)"
        | Activation.Exponential -> Some "Math.Exp(z)"

    /// erf x = 2/√π · e^-x² · Σ 2ⁿ·x²ⁿ⁺¹ / (1·3·5·…·(2n + 1)): every term has the sign of x, so nothing cancels.
    let erf: string list =
        [ "// The error function by its series of terms of one sign; 1 to the last bit beyond 6."
          "private static double Erf(double x)"
          "{"
          "    if (Math.Abs(x) > 6)"
          "        return Math.Sign(x);"
          "    double term = x, sum = x;"
          "    for (var n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)"
          "        sum += term *= 2 * x * x / (2 * n + 1);"
          "    return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;"
          "}" ]

    /// z = x·wᵀ + b, a register at a time.
    let dense (kind: string) : string list =
        [ "// z = w x + b; w has a row of weights for each unit."
          $"private static void Dense(ReadOnlySpan<{kind}> x, ReadOnlySpan<{kind}> w, ReadOnlySpan<{kind}> b, Span<{kind}> z)"
          "{"
          "    for (var unit = 0; unit < z.Length; unit++)"
          "        z[unit] = b[unit] + Dot(x, w.Slice(unit * x.Length, x.Length));"
          "}"
          ""
          $"private static {kind} Dot(ReadOnlySpan<{kind}> x, ReadOnlySpan<{kind}> w)"
          "{"
          $"    var left = MemoryMarshal.Cast<{kind}, Vector<{kind}>>(x);"
          $"    var right = MemoryMarshal.Cast<{kind}, Vector<{kind}>>(w);"
          $"    var sums = Vector<{kind}>.Zero;"
          "    for (var place = 0; place < left.Length; place++)"
          "        sums += left[place] * right[place];"
          "    var sum = Vector.Sum(sums);"
          $"    for (var place = left.Length * Vector<{kind}>.Count; place < x.Length; place++)"
          "        sum += x[place] * w[place];"
          "    return sum;"
          "}" ]

    /// y = x and behind it the mixtures of the waves of some features.
    let periodic (kind: string) : string list =
        let span name = $"ReadOnlySpan<{kind}> {name}"

        [ "// y = x, and behind it e = v cos 2 pi (w x + b) + c of each of these features."
          $"""private static void Periodic({span "x"}, ReadOnlySpan<int> features, {span "w"}, {span "b"}, {span "v"}, {span "c"}, Span<{kind}> y)"""
          "{"
          "    x.CopyTo(y);"
          "    var mixtures = y[x.Length..];"
          "    c.CopyTo(mixtures);"
          "    var waves = w.Length / features.Length;"
          "    for (var place = 0; place < w.Length; place++)"
          "    {"
          "        var feature = place / waves;"
          "        double turns = w[place] * x[features[feature]] + b[place];"
          $"        var wave = ({kind})Math.Cos(2 * Math.PI * (turns - Math.Round(turns)));"
          "        for (var mixture = feature; mixture < mixtures.Length; mixture += features.Length)"
          "            mixtures[mixture] += v[mixture * waves + place % waves] * wave;"
          "    }"
          "}" ]

    /// Shifted by the greatest, so that nothing overflows.
    let softmax (kind: string) : string list =
        [ $"private static void Softmax(Span<{kind}> z)"
          "{"
          "    double greatest = z[0];"
          "    foreach (var one in z)"
          "        greatest = Math.Max(greatest, one);"
          "    var sum = 0.0;"
          "    foreach (var one in z)"
          "        sum += Math.Exp(one - greatest);"
          "    foreach (ref var one in z)"
          $"        one = ({kind})(Math.Exp(one - greatest) / sum);"
          "}" ]

    /// From text to numbers, bit for bit.
    let numbers: string list =
        [ "// Little-endian numbers as base64, bit for bit."
          "private static T[] Numbers<T>(ReadOnlySpan<byte> base64)"
          "    where T : struct"
          "{"
          "    var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];"
          "    Base64.DecodeFromUtf8(base64, bytes, out _, out var length);"
          "    return MemoryMarshal.Cast<byte, T>(bytes.AsSpan(0, length)).ToArray();"
          "}" ]
