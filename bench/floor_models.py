"""What the floor answers and takes, as pydantic models. Names are the API's own."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel

Time = str
Id = str


class Email(BaseModel):
    id: Id | None = None
    type: str
    email: str
    verified: bool = False
    externalVerified: bool = False


class Phone(BaseModel):
    id: Id | None = None
    type: str
    phone: str
    verified: bool = False


class Named(BaseModel):
    """An external id, or a place."""

    id: Id | None = None
    externalId: str | None = None
    type: str | None = None
    cityName: str | None = None
    countryCode: str | None = None
    verified: bool = False


class Sentiment(BaseModel):
    polarity: int | None = None
    confidence: float | None = None


class Counts(BaseModel):
    all: int = 0
    snoozed: int = 0
    open: int = 0
    done: int = 0


class Brief(BaseModel):
    """The last conversation or message of a customer."""

    id: Id | None = None
    sentAt: Time | None = None
    createdAt: Time | None = None
    channel: str | None = None
    channels: list[str] = []
    sentiment: Sentiment | None = None
    tags: list[Id] = []


class Preview(BaseModel):
    previewAt: Time
    type: str
    text: str | None = None
    subject: str | None = None
    channel: str


class Item(BaseModel):
    """A custom object last written."""

    type: str
    id: Id
    updatedAt: Time
    meta: dict[str, str]


class Location(BaseModel):
    updatedAt: Time


class Survey(BaseModel):
    sentByTeams: list[Id] = []


class Surveys(BaseModel):
    firstSatisfaction: Survey = Survey()
    lastSatisfaction: Survey = Survey()


class Stamped(BaseModel):
    """What all records have."""

    createdAt: Time
    updatedAt: Time
    modifiedAt: Time
    rev: int = 1
    name: str
    tags: list[Id] = []
    custom: dict[str, Any] = {}
    lastMessageIn: Brief = Brief()


class CustomerAttributes(Stamped):
    emails: list[Email] = []
    sharedEmails: list[Email] = []
    phones: list[Phone] = []
    sharedPhones: list[Phone] = []
    whatsapps: list[Phone] = []
    externalIds: list[Named] = []
    locations: list[Named] = []
    urls: list[str] = []
    activeUsers: list[Id] = []
    watchers: list[Id] = []
    recentItems: list[Item] = []
    recentLocation: Location
    sharedWhatsapps: list[Phone] = []
    smoochIds: list[str] = []
    sentiment: Sentiment = Sentiment()
    satisfactionLevel: Surveys = Surveys()
    roleGroupVersions: list[Any] = []
    accessOverride: list[Any] = []
    deleted: bool = False
    birthdayAt: Time | None = None
    verified: bool = False
    presence: str
    progressiveStatus: str | None = None
    conversationCounts: Counts
    lastConversation: Brief = Brief()
    lastMessageOut: Brief = Brief()
    lastMessageUnrespondedTo: Brief = Brief()
    externalId: str | None = None
    locale: str | None = None
    timeZone: str | None = None
    defaultLang: str | None = None
    signedUpAt: Time | None = None
    displayName: str
    displayColor: str
    displayIcon: str
    firstName: str | None = None
    lastName: str | None = None
    lastActivityAt: Time | None = None
    lastMessageAt: Time | None = None
    lastCustomerActivityAt: Time | None = None
    preview: Preview | None = None


class Opened(BaseModel):
    statusAt: Time


class Mark(BaseModel):
    """A response or a resolution; empty lists until there is one."""

    createdByTeams: list[Id] = []
    assignedTeams: list[Id] = []
    assignedUsers: list[Id] = []


class ConversationSurvey(Survey):
    answers: list[Any] = []


class History(BaseModel):
    nameAt: Time | None = None
    priorityAt: Time | None = None
    channelAt: Time | None = None
    assignedTeamsAt: Time | None = None
    assignedUsersAt: Time | None = None
    brandAt: Time | None = None
    defaultLangAt: Time | None = None
    statusAt: Time | None = None
    tagsAt: Time | None = None
    customAt: Time | None = None


class Assistant(BaseModel):
    fac: dict[str, Any] = {}
    assistantId: list[Id] = []


class ConversationAttributes(Stamped):
    status: str
    open: Opened
    priority: int
    channels: list[str] = []
    messageCount: int = 0
    noteCount: int = 0
    outboundMessageCount: int = 0
    satisfaction: int = 0
    suggestedTags: list[Id] = []
    sentiment: Sentiment = Sentiment()
    assignedUsers: list[Id] = []
    assignedTeams: list[Id] = []
    direction: str = "in"
    satisfactionLevel: ConversationSurvey = ConversationSurvey()
    spam: bool = False
    ended: bool = False
    locale: str = "US"
    predictions: list[Any] = []
    suggestedShortcuts: list[Any] = []
    firstMessageIn: Brief = Brief()
    firstMessageOut: Brief = Brief()
    lastMessageOut: Brief = Brief()
    lastMessageUnrespondedTo: Brief = Brief()
    lastMessageUnrespondedToSinceLastDone: Brief = Brief()
    firstResponse: Mark = Mark()
    firstResponseSinceLastDone: Mark = Mark()
    lastResponse: Mark = Mark()
    firstDone: Mark = Mark()
    lastDone: Mark = Mark()
    totalOpen: dict[str, int] = {}
    totalSnooze: dict[str, int] = {}
    totalDone: dict[str, int] = {}
    inboundMessageCount: int = 0
    roleGroupVersions: list[Any] = []
    accessOverride: list[Any] = []
    billingStatus: str | None = "no_messages"
    assistant: Assistant = Assistant()
    aiAgent: dict[str, list[Id]] = {}
    phase: str = "initial"
    matchedTimeBasedRules: list[Any] = []
    lastActivityAt: Time
    modificationHistory: History


class Reference(BaseModel):
    type: str
    id: Id


class Relation(BaseModel):
    data: Reference | None = None
    links: dict[str, str]
    meta: dict[str, bool] | None = None


class Resource(BaseModel):
    type: str
    id: Id
    relationships: dict[str, Relation]
    links: dict[str, str]


class Customer(Resource):
    attributes: CustomerAttributes


class Conversation(Resource):
    attributes: ConversationAttributes


Data = TypeVar("Data")


class Document(BaseModel, Generic[Data]):
    data: Data


class PageMeta(BaseModel):
    pageSize: int
    page: int
    total: int
    totalPages: int


class Page(BaseModel, Generic[Data]):
    data: list[Data]
    meta: PageMeta
    links: dict[str, str | None]


class MessageAttributes(BaseModel):
    createdAt: Time
    updatedAt: Time
    modifiedAt: Time
    sentAt: Time
    rev: int = 1
    app: str
    channel: str
    preview: str
    direction: str
    directionType: str = "followup-in"
    status: str = "received"
    size: int
    auto: bool = False
    redacted: bool = False
    meta: dict[str, Any] = {}
    reactions: list[Any] = []
    intentDetections: list[Any] = []
    createdByTeams: list[Id] = []
    assignedUsers: list[Id] = []
    assignedTeams: list[Id] = []


class Message(Resource):
    attributes: MessageAttributes


class CustomerChanges(BaseModel):
    name: str


class NewMessage(BaseModel):
    app: str
    channel: str
    preview: str
    direction: str


class NewConversation(BaseModel):
    customer: Id
    name: str
    priority: int = 3
    tags: list[Id] = []
