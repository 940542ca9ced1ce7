/// Types whose only references are of one kind each: what the reader of references is tried on.
namespace NeuralNetwork.Tests.PlantedReferences

[<AbstractClass>]
type Ancestor() = class end

type IRole = interface end

/// Names two types, as its base and as its interface; without a constructor no body names them.
[<AbstractClass>]
type Heir =
    inherit Ancestor
    interface IRole

[<Sealed>]
type Question = class end

[<Sealed>]
type Answer = class end

/// Names two types, in a signature without a body.
type IAsking =
    abstract Ask: question: Question -> Answer
